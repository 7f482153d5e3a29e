//! The database of an API in the pod's file.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::connection::{Connection, Durability};
use super::migrations::SqliteMigrations;
use crate::adapters::serve::BODIES;
use crate::ports::{Database, Row, StoreError, System, Value};

/// Two connections, each opened by the first request that needs it. Reads have their own, because a write on the other
/// may be waiting for the lock.
pub struct SqliteDatabase {
    reader: OnceCell<Connection>,
    writer: OnceCell<Connection>,
    migrations: SqliteMigrations,
    system: Arc<dyn System>,
}

impl SqliteDatabase {
    pub fn new(migrations: SqliteMigrations, system: Arc<dyn System>) -> Self {
        Self { reader: OnceCell::new(), writer: OnceCell::new(), migrations, system }
    }

    async fn reader(&self) -> Result<&Connection, StoreError> {
        let open = async || self.with_schema(Connection::open_reader().await?).await;
        self.reader.get_or_try_init(open).await
    }

    /// The connection, to a database with the schema in place. A failure is not remembered.
    async fn with_schema(&self, connection: Connection) -> Result<Connection, StoreError> {
        self.migrations.apply(&connection, &*self.system).await?;
        Ok(connection)
    }
}

#[async_trait]
impl Database for SqliteDatabase {
    /// In one call that blocks the instance, if no response body is pending: a look-up takes less time than the instance
    /// needs to turn to other requests and back.
    async fn read(&self, _: &'static str, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let reader = self.reader().await?;
        if BODIES.is_empty() {
            return reader.row_at_once(statement, parameters);
        }
        reader.row(statement, parameters).await
    }

    async fn write(&self, _: &'static str, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let open = async || self.with_schema(Connection::open(Durability::Full).await?).await;
        self.writer.get_or_try_init(open).await?.row(statement, parameters).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        // Over a connection of its own: the one that is open may be to a file that is gone.
        let connection = self.with_schema(Connection::open_reader().await?).await?;
        connection.row(self.migrations.probe, Vec::new()).await.map(drop)
    }
}
