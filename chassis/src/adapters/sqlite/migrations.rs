//! The schema of a pod's file: the tables of the API, by version, and those of the chassis.

use super::connection::{Connection, FULL, NORMAL};
use crate::ports::{Row, StoreError, System, Value};

/// The tables of the chassis.
const SCHEMA: &str = include_str!("schema.sql");

/// The schema of an API in SQLite.
#[derive(Clone, Copy)]
pub struct SqliteMigrations {
    /// The statements of each version, oldest first, separated by empty lines. A released one never changes.
    pub versions: &'static [&'static str],
    /// Statements for a new database.
    pub demo_data: Option<&'static str>,
    /// A statement that fails without the schema.
    pub probe: &'static str,
}

impl SqliteMigrations {
    /// Applies the migrations that the database lacks. An up-to-date database costs one read.
    ///
    /// Several instances may start at once: one takes the write lock, the others wait for it (up to SQLite's busy timeout,
    /// 5 s in Spin) and then find nothing to do. It is one transaction, so an instance that is lost half way leaves no
    /// trace, on a connection of its own, which no other statement can enter.
    pub(super) async fn apply(self, current: &Connection, system: &dyn System) -> Result<(), StoreError> {
        if version(current).await? >= self.versions.len() {
            return Ok(());
        }
        let connection = Connection::open(FULL).await?;
        connection.use_write_ahead_log(system).await?;
        connection.run("BEGIN IMMEDIATE").await?;
        let from = version(&connection).await?;
        let demo_data = self.demo_data.filter(|_| from == 0);
        for statements in self.versions.iter().skip(from).copied().chain(demo_data) {
            run(&connection, statements).await?;
        }
        let version = self.versions.len().max(from);
        connection.run(&format!("PRAGMA user_version = {version}")).await?;
        connection.run("COMMIT").await
    }
}

/// Runs a statement on tables of the chassis. It creates them only if that fails, so an instance that lives for a hundred
/// requests does not pay for it.
pub(super) async fn rows_of_pod(
    connection: &Connection,
    sql: &str,
    parameters: Vec<Value>,
    system: &dyn System,
) -> Result<Vec<Row>, StoreError> {
    match connection.rows(sql, parameters.clone()).await {
        Err(StoreError::Internal(_)) => {
            // A connection of its own, because no other statement may enter the transaction.
            let writer = Connection::open(NORMAL).await?;
            writer.use_write_ahead_log(system).await?;
            writer.run("BEGIN IMMEDIATE").await?;
            run(&writer, SCHEMA).await?;
            writer.run("COMMIT").await?;
            connection.rows(sql, parameters).await
        }
        done => done,
    }
}

/// Runs statements that are separated by empty lines. Spin takes one at a time.
async fn run(connection: &Connection, statements: &str) -> Result<(), StoreError> {
    for statement in statements.split("\n\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        connection.run(statement).await?;
    }
    Ok(())
}

/// Returns the number of migrations that the database has. A newer release may have applied more than this one knows.
async fn version(connection: &Connection) -> Result<usize, StoreError> {
    let row = connection.row("PRAGMA user_version", Vec::new()).await?;
    let (version,): (u32,) = row.ok_or_else(|| StoreError::unexpected("no schema version"))?.read()?;
    usize::try_from(version).map_err(StoreError::unexpected)
}
