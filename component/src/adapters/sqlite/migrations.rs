//! Brings the schema of a database up to this version.

use super::connection::{Connection, Durability};
use crate::adapters::columns::Columns;
use crate::ports::{StoreError, System};

/// The statements of each version of the schema, oldest first. A released one never changes.
const MIGRATIONS: [&str; 7] = [
    include_str!("../../../migrations/sqlite/0001_users.sql"),
    include_str!("../../../migrations/sqlite/0002_transfers.sql"),
    include_str!("../../../migrations/sqlite/0003_metrics.sql"),
    include_str!("../../../migrations/sqlite/0004_rate_limits.sql"),
    include_str!("../../../migrations/sqlite/0005_rate_limit_buckets.sql"),
    include_str!("../../../migrations/sqlite/0006_database_clock.sql"),
    include_str!("../../../migrations/sqlite/0007_user_totals.sql"),
];

/// What a new database starts with when demo data is wanted.
const DEMO_DATA: &str = include_str!("../../../migrations/sqlite/demo_data.sql");

/// Applies the migrations that the database lacks.
///
/// Safe when several instances start at once: one of them takes the write lock, the others wait
/// for it (up to SQLite's busy timeout, 5 s in Spin) and then find nothing left to do. All of it
/// is one transaction, so that an instance that is lost half way leaves no trace; it has a
/// connection of its own, because others' statements must not get into it. A database that is up
/// to date costs one read.
pub(super) async fn apply(current: &Connection, seed_demo_data: bool, system: &dyn System) -> Result<(), StoreError> {
    if version(current).await? >= MIGRATIONS.len() {
        return Ok(());
    }
    let connection = Connection::open(Durability::Full).await?;
    connection.use_write_ahead_log(system).await?;
    connection.rows("BEGIN IMMEDIATE", []).await?;
    let from = version(&connection).await?;
    for migration in MIGRATIONS.iter().skip(from) {
        run(&connection, migration).await?;
    }
    if from == 0 && seed_demo_data {
        run(&connection, DEMO_DATA).await?;
    }
    let version = MIGRATIONS.len().max(from);
    connection.rows(&format!("PRAGMA user_version = {version}"), []).await?;
    connection.rows("COMMIT", []).await?;
    Ok(())
}

/// How many migrations the database has seen. A newer release may have added some to it already.
async fn version(connection: &Connection) -> Result<usize, StoreError> {
    let rows = connection.rows("PRAGMA user_version", []).await?;
    let row = rows.first().ok_or_else(|| StoreError::Internal("no schema version".into()))?;
    usize::try_from(row.integer(0)?).map_err(|error| StoreError::Internal(format!("schema version: {error}")))
}

/// Spin runs one statement at a time; in these files a line that is empty ends a statement.
async fn run(connection: &Connection, statements: &str) -> Result<(), StoreError> {
    for statement in split(statements) {
        connection.rows(statement, []).await?;
    }
    Ok(())
}

fn split(statements: &str) -> impl Iterator<Item = &str> {
    statements.split("\n\n").map(str::trim).filter(|statement| !statement.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_file_is_one_whole_statement() {
        for file in MIGRATIONS.iter().chain([&DEMO_DATA]) {
            for statement in split(file) {
                assert!(statement.ends_with(';'), "{statement}");
            }
        }
    }
}
