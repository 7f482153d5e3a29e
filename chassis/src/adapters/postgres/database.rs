//! The database of an API on a server that replicas share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, OnceCell, Semaphore};

use super::address::STATEMENT_TIMEOUT;
use super::connection::{Condition, Connection, Failure};
use super::migrations;
use crate::adapters::Migrations;
use crate::config::PostgresSettings;
use crate::ports::{Database, QueryResult, Row, StoreError, System, Value};

/// Longest wait for a connection with the schema in place, and then for the response to a statement.
const TIMEOUT: Duration = Duration::from_secs(4);
// The server times a write out first, even if a pooler has kept it for a second.
const _: () = assert!(STATEMENT_TIMEOUT.as_millis() + 1000 < TIMEOUT.as_millis());
/// A quarter of an instance's concurrent requests, because Spin lends 64 connections to all instances together.
const MAX_WRITERS: usize = 4;

/// One connection to read and some to write. The first request that needs one opens it, also after it was lost.
pub struct PostgresDatabase {
    settings: PostgresSettings,
    migrations: Migrations,
    system: Arc<dyn System>,
    /// Shared: the server gets the next statement before it has responded to the one before.
    reader: Mutex<Option<Arc<Connection>>>,
    /// Not shared: a write that waited on the server, behind another one, might begin after the 503 of its request.
    idle_writers: Mutex<Vec<Connection>>,
    /// Permits of writers, idle or not yet open.
    writers: Semaphore,
    schema: OnceCell<()>,
}

impl PostgresDatabase {
    pub fn new(settings: PostgresSettings, migrations: Migrations, system: Arc<dyn System>) -> Self {
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

    async fn try_read(&self, sql: &str, parameters: Vec<Value>) -> Result<Option<Row>, Failure> {
        let connection = self.in_time(self.reader()).await?;
        let result = self.in_time(connection.row(sql, parameters)).await;
        let condition = condition_after(&result);
        if condition != Condition::Usable {
            // Another request may have replaced it already.
            self.reader.lock().await.take_if(|held| Arc::ptr_eq(held, &connection));
        }
        if condition == Condition::Unfit {
            self.end(&connection).await;
        }
        result
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let silence = || StoreError::Unavailable(format!("no response from PostgreSQL for {} s", TIMEOUT.as_secs()));
        let timed_out = || Err(Failure { error: silence(), connection: Condition::Silent });
        self.system.timeout(TIMEOUT, work).await.unwrap_or_else(timed_out)
    }

    async fn open(&self, purpose: &str) -> Result<Connection, Failure> {
        let connection = Connection::open(&self.settings, purpose).await?;
        self.schema.get_or_try_init(|| migrations::apply(&self.migrations, &connection, &*self.system)).await?;
        Ok(connection)
    }

    async fn reader(&self) -> Result<Arc<Connection>, Failure> {
        let mut held = self.reader.lock().await;
        match &*held {
            Some(connection) => Ok(connection.clone()),
            None => Ok(held.insert(Arc::new(self.open("read").await?)).clone()),
        }
    }

    /// The server bounds a session that can't be ended in time, too.
    async fn end(&self, connection: &Connection) {
        self.system.timeout(TIMEOUT, connection.end()).await;
    }
}

#[async_trait]
impl Database for PostgresDatabase {
    /// Repeats a statement that finds its connection lost: a restart of the server ends every idle one.
    async fn read(&self, _: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult {
        let result = match self.try_read(sql, parameters.clone()).await {
            Err(Failure { connection: Condition::Lost, .. }) => self.try_read(sql, parameters).await,
            result => result,
        };
        result.map_err(|failure| failure.error)
    }

    async fn write(&self, _: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult {
        let lend = async {
            // Fails only for a closed semaphore, which this one never is.
            let permit = self.writers.acquire().await;
            let idle = self.idle_writers.lock().await.pop();
            let connection = match idle {
                Some(connection) => connection,
                None => self.open("write").await?,
            };
            Ok((permit, connection))
        };
        let (_permit, connection) = self.in_time(lend).await.map_err(|failure| failure.error)?;
        // A request that is cancelled here drops the connection.
        let result = self.in_time(connection.row(sql, parameters)).await;
        match condition_after(&result) {
            Condition::Usable => self.idle_writers.lock().await.push(connection),
            Condition::Unfit => self.end(&connection).await,
            Condition::Lost | Condition::Silent => {}
        }
        result.map_err(|failure| failure.error)
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.read("check", self.migrations.probe, Vec::new()).await.map(drop)
    }
}

fn condition_after<T>(result: &Result<T, Failure>) -> Condition {
    result.as_ref().err().map_or(Condition::Usable, |failure| failure.connection)
}
