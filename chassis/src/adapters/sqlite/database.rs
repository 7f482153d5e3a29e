//! The database of an API in the pod's file.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::connection::{Connection, FULL};
use super::migrations::SqliteMigrations;
use crate::adapters::exchange::is_body_pending;
use crate::ports::{Database, QueryResult, StoreError, System, Value};

/// The first request that needs a connection opens it. A write on the other may be waiting for the lock.
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

    /// Waits until the database has the schema. The next request repeats what fails.
    async fn with_schema(&self, connection: Connection) -> Result<Connection, StoreError> {
        self.migrations.apply(&connection, &*self.system).await?;
        Ok(connection)
    }
}

#[async_trait]
impl Database for SqliteDatabase {
    /// Blocks the instance, if no response body is pending: a look-up takes less time than the instance needs to turn to
    /// other requests and back.
    async fn read(&self, _: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult {
        let open = async || self.with_schema(Connection::open_reader().await?).await;
        let reader = self.reader.get_or_try_init(open).await?;
        if is_body_pending() { reader.row(sql, parameters).await } else { reader.row_at_once(sql, parameters) }
    }

    async fn write(&self, _: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult {
        let open = async || self.with_schema(Connection::open(FULL).await?).await;
        self.writer.get_or_try_init(open).await?.row(sql, parameters).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        // Over a new connection: an open one may be to a file that is gone.
        let connection = self.with_schema(Connection::open_reader().await?).await?;
        connection.row(self.migrations.probe, Vec::new()).await.map(drop)
    }
}
