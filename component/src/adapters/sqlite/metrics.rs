//! Counts in SQLite, Spin's database `default`, which each pod has for itself.

use std::sync::Arc;

use async_trait::async_trait;
use spin_sdk::sqlite::{RowResult, Value};
use tokio::sync::{Mutex, OnceCell};

use super::connection::{Connection, Durability};
use super::migrations;
use crate::adapters::columns::{Columns, unexpected};
use crate::ports::{Delta, MetricStore, StoreError, System};

const ADD: &str = "INSERT INTO metrics (series, part, value)
    SELECT value ->> 'series', value ->> 'part', value ->> 'value' FROM json_each(?1) WHERE true
    ON CONFLICT (series, part) DO UPDATE SET value = value + excluded.value";

const READ: &str = "SELECT series, part, value FROM metrics ORDER BY series, part";

/// The counts of a pod. A count may be lost with the machine, so a commit needn't wait for the disk. Reads have their
/// own connection, because a write on the other may be waiting for the lock.
pub struct SqliteMetricStore {
    writer: Mutex<OnceCell<Connection>>,
    reader: OnceCell<Connection>,
    seed_demo_data: bool,
    system: Arc<dyn System>,
}

impl SqliteMetricStore {
    /// A store that puts the demo users into a new database if `seed_demo_data` says so, as it may
    /// be the first to see it.
    pub fn new(seed_demo_data: bool, system: Arc<dyn System>) -> Self {
        Self { writer: Mutex::default(), reader: OnceCell::new(), seed_demo_data, system }
    }

    /// Runs a statement; the schema is looked at only when that fails, so that an instance that
    /// lives for a hundred requests doesn't pay for it.
    async fn rows<const N: usize>(
        &self,
        connection: &Connection,
        statement: &str,
        parameters: [Value; N],
    ) -> Result<Vec<RowResult>, StoreError> {
        match connection.rows(statement, parameters.clone()).await {
            Err(StoreError::Internal(_)) => {
                migrations::apply(connection, self.seed_demo_data, &*self.system).await?;
                connection.rows(statement, parameters).await
            }
            done => done,
        }
    }
}

#[async_trait]
impl MetricStore for SqliteMetricStore {
    /// Opens the connection. It stays for as long as the instance does, and where one of the pod's is always open,
    /// SQLite needn't clear its log away and begin another, which it does when the last one is closed.
    async fn prepare(&self) {
        let _ = self.writer.lock().await.get_or_try_init(open_writer).await;
    }

    async fn add(&self, deltas: &[Delta]) -> Result<(), StoreError> {
        let deltas = serde_json::to_string(deltas).map_err(|error| StoreError::Internal(error.to_string()))?;
        let deltas = [Value::Text(deltas)];
        match self.writer.try_lock() {
            Ok(writer) => self.rows(writer.get_or_try_init(open_writer).await?, ADD, deltas).await.map(|_| ()),
            // A statement that has started takes effect even if the instance ends. One that is queued behind
            // another of its connection is lost.
            Err(_) => self.rows(&open_writer().await?, ADD, deltas).await.map(|_| ()),
        }
    }

    async fn read(&self) -> Result<Vec<Delta>, StoreError> {
        let reader = self.reader.get_or_try_init(Connection::open_reader).await?;
        let rows = self.rows(reader, READ, []).await?;
        rows.iter().map(delta).collect()
    }
}

async fn open_writer() -> Result<Connection, StoreError> {
    Connection::open(Durability::Normal).await
}

fn delta(row: &RowResult) -> Result<Delta, StoreError> {
    let value = row.get(2).ok_or_else(|| unexpected(2, "no number"))?;
    Ok(Delta { series: row.text(0)?.to_owned(), part: row.integer(1)?, value })
}
