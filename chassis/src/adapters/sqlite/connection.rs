//! A connection to the database, with errors of the port.

use std::future::IntoFuture;
use std::time::Duration;

use futures_util::future::join;
// The SDK wraps these bindings, and hides the calls that block.
use spin_sdk::sqlite::wit::sqlite;
use spin_sdk::sqlite::{Error, RowResult, Value as SpinValue};
use spin_sdk::wit_bindgen::{FutureReader, StreamReader};

use crate::ports::{Row, StoreError, System, Value};

/// The label of the database in `spin.toml`.
const DATABASE: &str = "default";

/// Pause between two tries to get a lock that SQLite doesn't wait for by itself.
const LOCK_RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Tries to get such a lock: two seconds in all, longer than any migration of this project.
const LOCK_TRIES: usize = 100;

/// What SQLite says when another connection holds the lock.
const LOCKED: &str = "is locked";

/// What SQLite says when it can't be used now but may be later: its messages for BUSY, LOCKED,
/// CANTOPEN, IOERR, READONLY and FULL. Spin hands errors on as text only.
const TRANSIENT: [&str; 6] =
    [LOCKED, "unable to open", "disk I/O error", "readonly database", "is full", "locking protocol"];

/// When a commit is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// When it is on the disk: it survives the loss of power.
    Full,
    /// When it is in the system's hands: it survives the loss of this process.
    Normal,
}

/// A statement's columns, its rows as they come, and whether it succeeded.
type Execution = (Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>);

/// A connection of its own to the file. Its statements run one after the other.
pub(super) struct Connection(sqlite::Connection);

impl Connection {
    /// Opens the database to read.
    pub(super) async fn open_reader() -> Result<Self, StoreError> {
        sqlite::Connection::open_async(DATABASE.to_owned()).await.map(Self).map_err(store_error)
    }

    /// Opens the database to write. That it has a write-ahead log is kept in the file.
    pub(super) async fn open(durability: Durability) -> Result<Self, StoreError> {
        let connection = Self::open_reader().await?;
        let statement = match durability {
            Durability::Full => "PRAGMA synchronous = FULL",
            Durability::Normal => "PRAGMA synchronous = NORMAL",
        };
        connection.run(statement).await?;
        Ok(connection)
    }

    /// Gives the file a write-ahead log, so that readers and the writer don't wait for one another.
    pub(super) async fn use_write_ahead_log(&self, system: &dyn System) -> Result<(), StoreError> {
        // It needs the file alone for a moment, for which SQLite doesn't wait.
        self.run_when_unlocked("PRAGMA journal_mode = WAL", system).await
    }

    /// Runs one statement and returns its rows.
    pub(super) async fn rows(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let (_, rows, completion) = self.execute(statement, parameters).await?;
        let rows = rows.collect().await;
        // Rows that just end are no proof of success.
        completion.await.map_err(store_error)?;
        Ok(rows.into_iter().map(row).collect())
    }

    /// Runs one statement that has no result.
    pub(super) async fn run(&self, statement: &str) -> Result<(), StoreError> {
        self.rows(statement, Vec::new()).await.map(drop)
    }

    /// Runs one statement that has one row at most, and returns it. The end of the rows is not waited for,
    /// because each wait costs as much as SQLite's part of the work.
    pub(super) async fn row(&self, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let (_, mut rows, completion) = self.execute(statement, parameters).await?;
        let (first, completion) = join(rows.next(), completion.into_future()).await;
        completion.map_err(store_error)?;
        Ok(first.map(row))
    }

    /// The same in one call of the host, which blocks the instance: no other of its requests goes on meanwhile,
    /// and no deadline passes.
    ///
    /// The connection must have no statement under way that has more rows than the host reads ahead (4): it would
    /// wait for the instance to take them, and the instance for it.
    pub(super) fn row_at_once(&self, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let parameters: Vec<_> = parameters.into_iter().map(parameter).collect();
        let result = self.0.execute(statement, &parameters).map_err(store_error)?;
        Ok(result.rows.into_iter().next().map(row))
    }

    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Execution, StoreError> {
        let parameters = parameters.into_iter().map(parameter).collect();
        self.0.execute_async(statement.to_owned(), parameters).await.map_err(store_error)
    }

    async fn run_when_unlocked(&self, statement: &str, system: &dyn System) -> Result<(), StoreError> {
        for _ in 1..LOCK_TRIES {
            match self.run(statement).await {
                Err(StoreError::Unavailable(message)) if message.contains(LOCKED) => {
                    system.sleep(LOCK_RETRY_PAUSE).await
                }
                done => return done,
            }
        }
        self.run(statement).await
    }
}

fn parameter(value: Value) -> SpinValue {
    match value {
        Value::Null => SpinValue::Null,
        Value::Boolean(value) => SpinValue::Integer(value.into()),
        Value::Integer(value) => SpinValue::Integer(value),
        Value::Real(value) => SpinValue::Real(value),
        Value::Text(value) => SpinValue::Text(value),
        Value::Integers(values) => SpinValue::Text(serde_json::json!(values).to_string()),
    }
}

fn row(row: RowResult) -> Row {
    let column = |value| match value {
        SpinValue::Integer(value) => Value::Integer(value),
        SpinValue::Real(value) => Value::Real(value),
        SpinValue::Text(value) => Value::Text(value),
        // No schema here has a blob.
        SpinValue::Null | SpinValue::Blob(_) => Value::Null,
    };
    Row(row.values.into_iter().map(column).collect())
}

fn store_error(error: Error) -> StoreError {
    match error {
        Error::Io(message) if TRANSIENT.iter().any(|known| message.contains(known)) => StoreError::Unavailable(message),
        Error::Io(message) => StoreError::Internal(message),
        Error::DatabaseFull => StoreError::Unavailable("the database is full".into()),
        Error::NoSuchDatabase | Error::AccessDenied | Error::InvalidConnection => {
            StoreError::Internal(format!("the database '{DATABASE}': {error:?}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_database_is_unavailable_and_a_wrong_statement_is_a_bug() {
        for message in ["database is locked", "unable to open database file", "database or disk is full"] {
            let error = store_error(Error::Io(message.into()));
            assert_eq!(error, StoreError::Unavailable(message.into()));
        }
        let message = "no such table: things";
        assert_eq!(store_error(Error::Io(message.into())), StoreError::Internal(message.into()));
        assert!(matches!(store_error(Error::AccessDenied), StoreError::Internal(_)));
    }
}
