//! The statements on users and their tocos.

use std::sync::Arc;

use async_trait::async_trait;
use spin_sdk::sqlite::{RowResult, Value};
use tokio::sync::OnceCell;

use super::connection::{Connection, integer, text};
use super::migrations;
use crate::domain::{Entry, Tocos, UserName};
use crate::ports::{Put, Store, StoreError, System};

/// The store of one instance: one connection, opened by the first request that needs it.
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
        let connection = Connection::open(&*self.system).await?;
        migrations::apply(&connection, self.seed_demo_data, &*self.system).await?;
        Ok(connection)
    }

    async fn rows<const N: usize>(
        &self,
        statement: &str,
        parameters: [Value; N],
    ) -> Result<Vec<RowResult>, StoreError> {
        self.connection().await?.rows(statement, parameters).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn get(&self, user: &UserName) -> Result<Option<Entry>, StoreError> {
        let rows = self.rows("SELECT user, tocos FROM tocos WHERE user = ?1", [name(user)]).await?;
        rows.first().map(entry).transpose()
    }

    async fn list(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<Entry>, StoreError> {
        // No name is empty, so that the empty text comes before all of them.
        let after = Value::Text(after.map_or_else(String::new, ToString::to_string));
        let statement = "SELECT user, tocos FROM tocos WHERE user > ?1 ORDER BY user LIMIT ?2";
        let rows = self.rows(statement, [after, Value::Integer(limit.into())]).await?;
        rows.iter().map(entry).collect()
    }

    async fn create(&self, entry: &Entry) -> Result<bool, StoreError> {
        let statement = "INSERT INTO tocos (user, tocos) VALUES (?1, ?2) ON CONFLICT (user) DO NOTHING RETURNING 1";
        let rows = self.rows(statement, [name(&entry.user), amount(entry.tocos)]).await?;
        Ok(!rows.is_empty())
    }

    async fn put(&self, user: &UserName, tocos: Tocos) -> Result<Put, StoreError> {
        let statement = "INSERT INTO tocos (user, tocos) VALUES (?1, ?2)
            ON CONFLICT (user) DO UPDATE SET tocos = excluded.tocos, revision = revision + 1
            RETURNING revision";
        let rows = self.rows(statement, [name(user), amount(tocos)]).await?;
        let row = rows.first().ok_or_else(|| StoreError::Internal("an upsert returned no row".into()))?;
        Ok(if integer(row, 0)? == 1 { Put::Created } else { Put::Replaced })
    }

    async fn delete(&self, user: &UserName) -> Result<bool, StoreError> {
        let rows = self.rows("DELETE FROM tocos WHERE user = ?1 RETURNING 1", [name(user)]).await?;
        Ok(!rows.is_empty())
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.rows("SELECT 1 FROM tocos LIMIT 1", []).await.map(|_| ())
    }
}

fn name(user: &UserName) -> Value {
    Value::Text(user.to_string())
}

fn amount(tocos: Tocos) -> Value {
    Value::Integer(tocos.get())
}

fn entry(row: &RowResult) -> Result<Entry, StoreError> {
    let user = UserName::parse(text(row, 0)?).map_err(|error| StoreError::Internal(format!("user {error}")))?;
    let tocos = Tocos::new(integer(row, 1)?).map_err(|error| StoreError::Internal(format!("tocos {error}")))?;
    Ok(Entry { user, tocos })
}
