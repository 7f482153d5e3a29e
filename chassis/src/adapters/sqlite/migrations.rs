//! Brings the schema of an API's SQLite file up to its version.

use super::connection::{Connection, Durability};
use crate::ports::{StoreError, System};

/// The schema of an API in SQLite.
#[derive(Clone, Copy, Debug)]
pub struct SqliteMigrations {
    /// The statements of each version, oldest first, separated by empty lines. A released one never changes.
    pub versions: &'static [&'static str],
    /// Statements for a new database.
    pub demo_data: Option<&'static str>,
    /// A statement that fails without the schema.
    pub probe: &'static str,
}

impl SqliteMigrations {
    /// Applies the migrations that the database lacks.
    ///
    /// Safe when several instances start at once: one of them takes the write lock, the others wait
    /// for it (up to SQLite's busy timeout, 5 s in Spin) and then find nothing left to do. All of it
    /// is one transaction, so that an instance that is lost half way leaves no trace; it has a
    /// connection of its own, because others' statements must not get into it. A database that is up
    /// to date costs one read.
    pub(super) async fn apply(self, current: &Connection, system: &dyn System) -> Result<(), StoreError> {
        if version(current).await? >= self.versions.len() {
            return Ok(());
        }
        let connection = Connection::open(Durability::Full).await?;
        connection.use_write_ahead_log(system).await?;
        connection.run("BEGIN IMMEDIATE").await?;
        let from = version(&connection).await?;
        for migration in self.versions.iter().skip(from) {
            run(&connection, migration).await?;
        }
        if let Some(demo_data) = self.demo_data.filter(|_| from == 0) {
            run(&connection, demo_data).await?;
        }
        let version = self.versions.len().max(from);
        connection.run(&format!("PRAGMA user_version = {version}")).await?;
        connection.run("COMMIT").await
    }
}

/// Runs statements that are separated by empty lines; Spin takes one at a time.
pub(super) async fn run(connection: &Connection, statements: &str) -> Result<(), StoreError> {
    for statement in statements.split("\n\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        connection.run(statement).await?;
    }
    Ok(())
}

/// How many migrations the database has seen. A newer release may have added some to it already.
async fn version(connection: &Connection) -> Result<usize, StoreError> {
    let row = connection.row("PRAGMA user_version", Vec::new()).await?;
    let (version,) = row.ok_or_else(|| StoreError::unexpected("no schema version"))?.read::<(u32,)>()?;
    usize::try_from(version).map_err(StoreError::unexpected)
}
