//! The schema of a pod's file: the API's tables, by version, and the chassis' own.

use super::connection::{Connection, FULL, NORMAL};
use crate::adapters::Migrations;
use crate::ports::{Row, StoreError, StoreResult, System, Value};

const SCHEMA: &str = include_str!("schema.sql");

/// Applies the missing migrations. Instances that start at once wait for the write lock (up to SQLite's busy timeout,
/// 5 s in Spin), and then find nothing to do. An up-to-date database costs one read.
pub(super) async fn apply(migrations: &Migrations, current: &Connection, system: &dyn System) -> StoreResult<()> {
    if version(current).await? >= migrations.versions.len() {
        return Ok(());
    }
    let connection = Connection::begin(FULL, system).await?;
    let from = version(&connection).await?;
    let demo_data = migrations.demo_data.filter(|_| from == 0);
    for file in migrations.versions.iter().skip(from).copied().chain(demo_data) {
        run(&connection, file).await?;
    }
    let version = migrations.versions.len().max(from);
    connection.run(&format!("PRAGMA user_version = {version}")).await?;
    connection.run("COMMIT").await
}

/// Runs a statement on the chassis' tables, and creates them if that fails.
pub(super) async fn rows_of_pod(
    connection: &Connection,
    sql: &str,
    parameters: Vec<Value>,
    system: &dyn System,
) -> StoreResult<Vec<Row>> {
    match connection.rows(sql, parameters.clone()).await {
        Err(StoreError::Internal(_)) => {
            let writer = Connection::begin(NORMAL, system).await?;
            run(&writer, SCHEMA).await?;
            writer.run("COMMIT").await?;
            connection.rows(sql, parameters).await
        }
        done => done,
    }
}

/// Runs the statements of a file one by one, because Spin accepts one at a time.
async fn run(connection: &Connection, file: &str) -> StoreResult<()> {
    for statement in statements(file) {
        connection.run(statement).await?;
    }
    Ok(())
}

pub fn statements(file: &str) -> impl Iterator<Item = &str> {
    file.split("\n\n").map(str::trim).filter(|statement| !statement.is_empty())
}

/// Returns the version of the schema. A newer release may have applied more migrations than this one knows.
async fn version(connection: &Connection) -> StoreResult<usize> {
    let row = connection.row("PRAGMA user_version", Vec::new()).await?;
    let (version,) = row.ok_or_else(|| StoreError::unexpected("no schema version"))?.read()?;
    Ok(version)
}
