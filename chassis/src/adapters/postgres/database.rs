//! The database of an API that replicas share.

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
// The server times out a write first, even if a pooler delayed it by a second.
const _: () = assert!(STATEMENT_TIMEOUT.as_millis() + 1000 < TIMEOUT.as_millis());
/// A quarter of the requests that an instance serves at a time: Spin lends 64 connections to all instances together.
const MAX_WRITERS: usize = 4;
/// Time after which an instance returns a connection. Otherwise the instances that got the 64 connections in a burst
/// would keep them as long as they have requests.
const MAX_HOLD: Duration = Duration::from_millis(500);

/// One connection to read and some to write. The request that needs one opens it, also after a loss.
pub struct PostgresDatabase {
    settings: PostgresSettings,
    migrations: Migrations,
    system: Arc<dyn System>,
    /// Shared: the server gets the next statement before it has responded to the last.
    reader: Mutex<Option<Arc<Held>>>,
    /// Not shared: a write that waits on the server behind another might begin after the 503 of its request.
    idle_writers: Mutex<Vec<Held>>,
    /// Permits of writers, idle or not yet open.
    writers: Semaphore,
    schema: OnceCell<()>,
}

struct Held {
    connection: Connection,
    opened: Duration,
}

impl PostgresDatabase {
    pub fn new(settings: PostgresSettings, migrations: Migrations, system: Arc<dyn System>) -> Self {
        let (reader, idle_writers, schema) = Default::default();
        Self { settings, migrations, system, reader, idle_writers, writers: Semaphore::new(MAX_WRITERS), schema }
    }

    async fn try_read(&self, sql: &str, parameters: Vec<Value>) -> Result<Option<Row>, Failure> {
        let held = self.in_time(self.reader()).await?;
        let result = self.in_time(held.connection.row(sql, parameters)).await;
        let condition = condition_after(&result);
        if condition != Condition::Usable {
            // Another request may have replaced it already.
            self.reader.lock().await.take_if(|other| Arc::ptr_eq(other, &held));
        }
        if condition == Condition::Unfit {
            self.system.timeout(TIMEOUT, held.connection.end()).await;
        }
        result
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let silence = || StoreError::Unavailable(format!("no response from PostgreSQL for {} s", TIMEOUT.as_secs()));
        let timed_out = || Err(Failure { error: silence(), connection: Condition::Silent });
        self.system.timeout(TIMEOUT, work).await.unwrap_or_else(timed_out)
    }

    async fn open(&self, purpose: &str) -> Result<Held, Failure> {
        let connection = Connection::open(&self.settings, purpose).await?;
        self.schema.get_or_try_init(|| migrations::apply(&self.migrations, &connection, &*self.system)).await?;
        Ok(Held { connection, opened: self.system.elapsed() })
    }

    async fn reader(&self) -> Result<Arc<Held>, Failure> {
        let mut reader = self.reader.lock().await;
        reader.take_if(|held| self.is_due(held));
        match &*reader {
            Some(held) => Ok(held.clone()),
            None => Ok(reader.insert(Arc::new(self.open("read").await?)).clone()),
        }
    }

    async fn idle_writer(&self) -> Option<Held> {
        let mut idle = self.idle_writers.lock().await;
        idle.retain(|held| !self.is_due(held));
        idle.pop()
    }

    fn is_due(&self, held: &Held) -> bool {
        self.system.elapsed().saturating_sub(held.opened) >= MAX_HOLD
    }
}

#[async_trait]
impl Database for PostgresDatabase {
    /// Repeats the statement if the connection is lost, because a restart of the server ends every idle connection.
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
            let held = match self.idle_writer().await {
                Some(held) => held,
                None => self.open("write").await?,
            };
            Ok((permit, held))
        };
        let (_permit, held) = self.in_time(lend).await.map_err(|failure| failure.error)?;
        // A request that is cancelled here drops the connection.
        let result = self.in_time(held.connection.row(sql, parameters)).await;
        match condition_after(&result) {
            Condition::Usable => self.idle_writers.lock().await.push(held),
            Condition::Unfit => drop(self.system.timeout(TIMEOUT, held.connection.end()).await),
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
