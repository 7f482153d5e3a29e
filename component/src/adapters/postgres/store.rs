//! The store of one instance.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use spin_sdk::pg::ParameterValue;
use tokio::sync::Mutex;

use super::connection::{Condition, Connection, Failure, Row};
use super::migrations;
use crate::config::PostgresSettings;
use crate::ports::{Store, StoreError, System};

/// Longest wait for a connection with the schema in place, and for the answer to a statement: as
/// long as SQLite waits for a lock, and shorter than a client's usual patience.
const TIMEOUT: Duration = Duration::from_secs(4);

/// A store over one connection, which is opened by the first request that needs it, and again by
/// the first one after it was lost.
pub struct PostgresStore {
    settings: PostgresSettings,
    seed_demo_data: bool,
    system: Arc<dyn System>,
    connection: Mutex<Option<Arc<Connection>>>,
}

impl PostgresStore {
    /// A store that puts the demo users into a new database if `seed_demo_data` says so.
    pub fn new(settings: PostgresSettings, seed_demo_data: bool, system: Arc<dyn System>) -> Self {
        Self { settings, seed_demo_data, system, connection: Mutex::new(None) }
    }

    /// Runs a statement that only reads. One that finds its connection lost, as every idle one is
    /// when the server was restarted, is run again over another.
    pub(super) async fn read(&self, statement: &str, parameters: Vec<ParameterValue>) -> Result<Vec<Row>, StoreError> {
        match self.try_rows(statement, parameters.clone()).await {
            Err(Failure { connection: Condition::Lost, .. }) => self.write(statement, parameters).await,
            Err(failure) => Err(failure.error),
            Ok(rows) => Ok(rows),
        }
    }

    /// Runs a statement that may write, once: when its connection is lost nobody knows whether it
    /// was carried out.
    pub(super) async fn write(&self, statement: &str, parameters: Vec<ParameterValue>) -> Result<Vec<Row>, StoreError> {
        self.try_rows(statement, parameters).await.map_err(|failure| failure.error)
    }

    async fn try_rows(&self, statement: &str, parameters: Vec<ParameterValue>) -> Result<Vec<Row>, Failure> {
        let connection = self.in_time(self.connection()).await?;
        let result = self.in_time(connection.rows(statement, parameters)).await;
        if let Err(Failure { connection: Condition::Lost | Condition::Silent, .. }) = &result {
            self.forget(&connection).await;
        }
        result
    }

    /// Gives up on a server that says nothing: the host waits for as long as it takes.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let silence = || Failure {
            error: StoreError::Unavailable(format!("PostgreSQL said nothing for {} s", TIMEOUT.as_secs())),
            connection: Condition::Silent,
        };
        match select(pin!(work), self.system.sleep(TIMEOUT)).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(silence()),
        }
    }

    /// The connection, to a database with the schema in place. A failure is not remembered.
    async fn connection(&self) -> Result<Arc<Connection>, Failure> {
        let mut held = self.connection.lock().await;
        if let Some(connection) = &*held {
            return Ok(connection.clone());
        }
        let connection = Arc::new(Connection::open(&self.settings).await?);
        migrations::apply(&connection, self.seed_demo_data).await?;
        *held = Some(connection.clone());
        Ok(connection)
    }

    /// Drops `lost`, unless another request has replaced it already.
    async fn forget(&self, lost: &Arc<Connection>) {
        let mut held = self.connection.lock().await;
        if held.as_ref().is_some_and(|connection| Arc::ptr_eq(connection, lost)) {
            *held = None;
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.read("SELECT 1 FROM users LIMIT 1", Vec::new()).await.map(|_| ())
    }
}

/// A value as a parameter of type text.
pub(super) fn text(value: &impl ToString) -> ParameterValue {
    ParameterValue::Str(value.to_string())
}
