use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Mutex, OnceCell};

use super::connection::{Connection, NORMAL};
use super::migrations::rows_of_pod;
use crate::ports::{Delta, MetricStore, Row, StoreError, System};

const ADD: &str = "INSERT INTO metrics (series, part, value)
    SELECT value ->> 'series', value ->> 'part', value ->> 'value' FROM json_each(?1) WHERE true
    ON CONFLICT (series, part) DO UPDATE SET value = value + excluded.value";

const READ: &str = "SELECT json_group_array(json_array(series, part, value))
    FROM (SELECT series, part, value FROM metrics ORDER BY series, part)";

/// Counts of a pod. They may be lost with the machine, so a commit needn't wait for the disk.
pub(crate) struct SqliteMetricStore {
    writer: Mutex<OnceCell<Connection>>,
    reader: OnceCell<Connection>,
    system: Arc<dyn System>,
}

impl SqliteMetricStore {
    pub(crate) fn new(system: Arc<dyn System>) -> Self {
        Self { writer: Mutex::default(), reader: OnceCell::new(), system }
    }
}

#[async_trait]
impl MetricStore for SqliteMetricStore {
    async fn add(&self, deltas: &[Delta]) -> Result<(), StoreError> {
        let deltas = vec![serde_json::to_string(deltas).map_err(StoreError::unexpected)?.into()];
        // A spare connection instead of a queue: if the instance ends, only a statement that has started takes effect.
        let (held, spare) = (self.writer.try_lock().ok(), OnceCell::new());
        let writer = held.as_deref().unwrap_or(&spare).get_or_try_init(|| Connection::open(NORMAL)).await?;
        rows_of_pod(writer, ADD, deltas, &*self.system).await.map(drop)
    }

    async fn read(&self) -> Result<Vec<Delta>, StoreError> {
        let reader = self.reader.get_or_try_init(Connection::open_reader).await?;
        let rows = rows_of_pod(reader, READ, Vec::new(), &*self.system).await?;
        Row::page(rows.into_iter().next())
    }
}
