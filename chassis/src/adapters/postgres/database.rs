//! The database of an API on a server that every replica shares.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use tokio::sync::{Mutex, OnceCell, Semaphore};

use super::address::STATEMENT_TIMEOUT;
use super::connection::{Condition, Connection, Failure, Purpose};
use super::migrations::PostgresMigrations;
use crate::config::PostgresSettings;
use crate::ports::{Database, Row, StoreError, System, Value};

/// Longest wait for a connection with the schema in place, and then for the response to a statement: shorter than a
/// client's usual patience.
const TIMEOUT: Duration = Duration::from_secs(4);

// The server has given a write up before the API does, even if a pooler has kept it for a second.
const _: () = assert!(STATEMENT_TIMEOUT.as_millis() + 1000 < TIMEOUT.as_millis());

/// Most connections of an instance that write, a quarter of the requests that it takes at once: Spin lends 64 to all
/// instances together.
const MAX_WRITERS: usize = 4;

/// A connection to read and some to write. Each is opened by the first request that needs it, and again by
/// the first one after it was lost.
pub struct PostgresDatabase {
    settings: PostgresSettings,
    migrations: PostgresMigrations,
    system: Arc<dyn System>,
    /// Shared: the server has the next statement before it has answered the one before.
    reader: Mutex<Option<Arc<Connection>>>,
    /// Each lent to one request at a time. A write that waited on the server, behind another one, would begin when its
    /// request may have got its 503.
    idle_writers: Mutex<Vec<Connection>>,
    /// Permits of writers, idle or not yet open.
    writers: Semaphore,
    /// Filled once the schema is in place.
    schema: OnceCell<()>,
}

impl PostgresDatabase {
    pub fn new(settings: PostgresSettings, migrations: PostgresMigrations, system: Arc<dyn System>) -> Self {
        Self {
            settings,
            migrations,
            system,
            reader: Mutex::new(None),
            idle_writers: Mutex::default(),
            writers: Semaphore::new(MAX_WRITERS),
            schema: OnceCell::new(),
        }
    }

    async fn try_read(&self, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>, Failure> {
        let connection = self.in_time(self.reader()).await?;
        let result = self.in_time(connection.row(statement, parameters)).await;
        match &result {
            Ok(_) | Err(Failure { connection: Condition::Usable, .. }) => {}
            Err(Failure { connection: Condition::Unfit, .. }) => {
                self.forget_reader(&connection).await;
                self.end(&connection).await;
            }
            Err(Failure { connection: Condition::Lost | Condition::Silent, .. }) => {
                self.forget_reader(&connection).await;
            }
        }
        result
    }

    /// Gives up on a server that does not respond: the host waits for as long as it takes.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let silence = || Failure {
            error: StoreError::Unavailable(format!("no response from PostgreSQL for {} s", TIMEOUT.as_secs())),
            connection: Condition::Silent,
        };
        match select(pin!(work), self.system.sleep(TIMEOUT)).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(silence()),
        }
    }

    /// Opens a connection to a database with the schema in place.
    async fn open(&self, purpose: Purpose) -> Result<Connection, Failure> {
        let connection = Connection::open(&self.settings, purpose).await?;
        self.schema.get_or_try_init(|| self.migrations.apply(&connection, &*self.system)).await?;
        Ok(connection)
    }

    /// Returns the connection that requests share to read. A failure is not remembered.
    async fn reader(&self) -> Result<Arc<Connection>, Failure> {
        let mut held = self.reader.lock().await;
        if let Some(connection) = &*held {
            return Ok(connection.clone());
        }
        let connection = Arc::new(self.open(Purpose::Read).await?);
        *held = Some(connection.clone());
        Ok(connection)
    }

    /// Drops `lost`, unless another request has replaced it already.
    async fn forget_reader(&self, lost: &Arc<Connection>) {
        let mut held = self.reader.lock().await;
        if held.as_ref().is_some_and(|connection| Arc::ptr_eq(connection, lost)) {
            *held = None;
        }
    }

    async fn end(&self, connection: &Connection) {
        let ended = async {
            connection.end().await;
            Ok(())
        };
        // A session that can't be ended in time is bounded by the server, too.
        let _ = self.in_time(ended).await;
    }
}

#[async_trait]
impl Database for PostgresDatabase {
    /// A statement that finds its connection lost, as every idle one is when the server was restarted, is run again over
    /// another.
    async fn read(&self, _: &'static str, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>, StoreError> {
        match self.try_read(statement, parameters.clone()).await {
            Err(Failure { connection: Condition::Lost, .. }) => self.try_read(statement, parameters).await,
            result => result,
        }
        .map_err(|failure| failure.error)
    }

    async fn write(&self, _: &'static str, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let lend = async {
            // It fails only for a semaphore that was closed, which this one never is.
            let permit = self.writers.acquire().await;
            let idle = self.idle_writers.lock().await.pop();
            let connection = match idle {
                Some(connection) => connection,
                None => self.open(Purpose::Write).await?,
            };
            Ok((permit, connection))
        };
        let (_permit, connection) = self.in_time(lend).await.map_err(|failure| failure.error)?;
        // A request that is given up here takes the connection with it.
        let result = self.in_time(connection.row(statement, parameters)).await;
        match &result {
            Ok(_) | Err(Failure { connection: Condition::Usable, .. }) => {
                self.idle_writers.lock().await.push(connection);
            }
            Err(Failure { connection: Condition::Unfit, .. }) => self.end(&connection).await,
            Err(Failure { connection: Condition::Lost | Condition::Silent, .. }) => {}
        }
        result.map_err(|failure| failure.error)
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.read("check", self.migrations.probe, Vec::new()).await.map(drop)
    }
}
