use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::connection::{Connection, FULL};
use super::migrations;
use crate::adapters::Migrations;
use crate::adapters::exchange::is_body_pending;
use crate::ports::{Database, QueryResult, StoreError, System, Value};

/// Two connections, because a write may wait for the lock. The first request that needs one opens it.
pub struct SqliteDatabase {
    reader: OnceCell<Connection>,
    writer: OnceCell<Connection>,
    migrations: Migrations,
    system: Arc<dyn System>,
}

impl SqliteDatabase {
    pub fn new(migrations: Migrations, system: Arc<dyn System>) -> Self {
        Self { reader: OnceCell::new(), writer: OnceCell::new(), migrations, system }
    }

    /// Applies the migrations. If that fails, the next request tries again.
    async fn with_schema(&self, connection: Connection) -> Result<Connection, StoreError> {
        migrations::apply(&self.migrations, &connection, &*self.system).await?;
        Ok(connection)
    }
}

#[async_trait]
impl Database for SqliteDatabase {
    /// Blocks the instance unless a response body is pending, because switching to other requests takes longer.
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
        // Over a new connection, because an open one may belong to a file that was removed.
        let connection = self.with_schema(Connection::open_reader().await?).await?;
        connection.row(self.migrations.probe, Vec::new()).await.map(drop)
    }
}
