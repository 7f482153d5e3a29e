//! The store of one instance.

use std::sync::Arc;

use async_trait::async_trait;
use spin_sdk::sqlite::{RowResult, Value};
use tokio::sync::OnceCell;

use super::connection::{Connection, Durability};
use super::migrations;
use crate::adapters::bodies::Bodies;
use crate::ports::{Store, StoreError, System};

/// A store over two connections, each opened by the first request that needs it. Those who read don't use
/// the one that writes, where they would stand behind a write that waits for the lock.
pub struct SqliteStore {
    reader: OnceCell<Connection>,
    writer: OnceCell<Connection>,
    seed_demo_data: bool,
    system: Arc<dyn System>,
    bodies: &'static Bodies,
}

impl SqliteStore {
    /// A store that puts the demo users into a new database if `seed_demo_data` says so. `bodies` are those of
    /// the instance.
    pub fn new(seed_demo_data: bool, system: Arc<dyn System>, bodies: &'static Bodies) -> Self {
        Self { reader: OnceCell::new(), writer: OnceCell::new(), seed_demo_data, system, bodies }
    }

    /// Runs one statement that reads no more rows than it answers with, and returns its row. Such a one is done
    /// sooner than the instance could turn to other requests and back, unless one of them is about to be answered.
    pub(super) async fn look_up<const N: usize>(
        &self,
        statement: &str,
        parameters: [Value; N],
    ) -> Result<Option<RowResult>, StoreError> {
        let reader = self.reader().await?;
        if self.bodies.are_fetched() {
            return reader.row_at_once(statement, &parameters);
        }
        reader.row(statement, parameters).await
    }

    /// Runs one statement that writes, and returns its row.
    pub(super) async fn write<const N: usize>(
        &self,
        statement: &str,
        parameters: [Value; N],
    ) -> Result<Option<RowResult>, StoreError> {
        let open = async || self.with_schema(Connection::open(Durability::Full).await?).await;
        self.writer.get_or_try_init(open).await?.row(statement, parameters).await
    }

    async fn reader(&self) -> Result<&Connection, StoreError> {
        let open = async || self.with_schema(Connection::open_reader().await?).await;
        self.reader.get_or_try_init(open).await
    }

    /// The connection, to a database with the schema in place. A failure is not remembered.
    async fn with_schema(&self, connection: Connection) -> Result<Connection, StoreError> {
        migrations::apply(&connection, self.seed_demo_data, &*self.system).await?;
        Ok(connection)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        // Over a connection of its own: the one that is open may be to a file that is gone.
        let connection = self.with_schema(Connection::open_reader().await?).await?;
        connection.row("SELECT 1 FROM users LIMIT 1", []).await.map(|_| ())
    }
}

/// A value as a parameter of type text.
pub(super) fn text(value: &impl ToString) -> Value {
    Value::Text(value.to_string())
}
