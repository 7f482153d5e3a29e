//! The store of one instance.

use std::sync::Arc;

use async_trait::async_trait;
use spin_sdk::sqlite::{RowResult, Value};
use tokio::sync::OnceCell;

use super::connection::{Connection, Durability};
use super::migrations;
use crate::ports::{Store, StoreError, System};

/// A store over one connection, which the first request that needs it opens.
pub struct SqliteStore {
    connection: OnceCell<Connection>,
    seed_demo_data: bool,
    system: Arc<dyn System>,
}

impl SqliteStore {
    /// A store that puts the demo users into a new database if `seed_demo_data` says so.
    pub fn new(seed_demo_data: bool, system: Arc<dyn System>) -> Self {
        Self { connection: OnceCell::new(), seed_demo_data, system }
    }

    /// The connection, to a database with the schema in place. A failure is not remembered.
    async fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.get_or_try_init(|| self.open()).await
    }

    async fn open(&self) -> Result<Connection, StoreError> {
        let connection = Connection::open(Durability::Full).await?;
        migrations::apply(&connection, self.seed_demo_data, &*self.system).await?;
        Ok(connection)
    }

    /// Runs one statement and returns its rows.
    pub(super) async fn rows<const N: usize>(
        &self,
        statement: &str,
        parameters: [Value; N],
    ) -> Result<Vec<RowResult>, StoreError> {
        self.connection().await?.rows(statement, parameters).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.connection().await?;
        // Over a connection of its own, as a read waits for nobody, but may stand behind writes that do.
        let connection = Connection::open(Durability::Full).await?;
        connection.rows("SELECT 1 FROM users LIMIT 1", []).await.map(|_| ())
    }
}

/// A value as a parameter of type text.
pub(super) fn text(value: &impl ToString) -> Value {
    Value::Text(value.to_string())
}
