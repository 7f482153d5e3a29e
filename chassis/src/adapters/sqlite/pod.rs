//! The tables that the chassis keeps in each pod's file.

use super::connection::{Connection, Durability};
use super::migrations;
use crate::ports::{Row, StoreError, System, Value};

const SCHEMA: &str = include_str!("schema.sql");

/// Runs a statement. It creates the schema only if that fails, so an instance that lives for a hundred requests does
/// not pay for it.
pub(super) async fn rows(
    connection: &Connection,
    statement: &str,
    parameters: Vec<Value>,
    system: &dyn System,
) -> Result<Vec<Row>, StoreError> {
    match connection.rows(statement, parameters.clone()).await {
        Err(StoreError::Internal(_)) => {
            create_schema(system).await?;
            connection.rows(statement, parameters).await
        }
        done => done,
    }
}

async fn create_schema(system: &dyn System) -> Result<(), StoreError> {
    // Its own, because a transaction must have no other statements in it.
    let connection = Connection::open(Durability::Normal).await?;
    connection.use_write_ahead_log(system).await?;
    connection.run("BEGIN IMMEDIATE").await?;
    migrations::run(&connection, SCHEMA).await?;
    connection.run("COMMIT").await
}
