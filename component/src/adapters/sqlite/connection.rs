//! A connection to the database, with errors of the port.

use std::future::IntoFuture;
use std::time::Duration;

use futures_util::future::join;
// The SDK wraps these bindings, and hides the calls that block.
use spin_sdk::sqlite::wit::sqlite;
use spin_sdk::sqlite::{Error, RowResult, Value};
use spin_sdk::wit_bindgen::{FutureReader, StreamReader};

use crate::adapters::columns::{Columns, unexpected};
use crate::ports::{StoreError, System};

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
        connection.rows(statement, []).await?;
        Ok(connection)
    }

    /// Gives the file a write-ahead log, so that readers and the writer don't wait for one another.
    pub(super) async fn use_write_ahead_log(&self, system: &dyn System) -> Result<(), StoreError> {
        // It needs the file alone for a moment, for which SQLite doesn't wait.
        self.rows_when_unlocked("PRAGMA journal_mode = WAL", system).await.map(|_| ())
    }

    /// Runs one statement and returns its rows.
    pub(super) async fn rows<const N: usize>(
        &self,
        statement: &str,
        parameters: [Value; N],
    ) -> Result<Vec<RowResult>, StoreError> {
        let (_, rows, completion) = self.execute(statement, parameters).await?;
        let rows = rows.collect().await;
        // Rows that just end are no proof of success.
        completion.await.map_err(store_error)?;
        Ok(rows)
    }

    /// Runs one statement that has one row at most, and returns it. The end of the rows is not waited for,
    /// because each wait costs as much as SQLite's part of the work.
    pub(super) async fn row<const N: usize>(
        &self,
        statement: &str,
        parameters: [Value; N],
    ) -> Result<Option<RowResult>, StoreError> {
        let (_, mut rows, completion) = self.execute(statement, parameters).await?;
        let (row, completion) = join(rows.next(), completion.into_future()).await;
        completion.map_err(store_error)?;
        Ok(row)
    }

    /// The same in one call of the host, which blocks the instance: no other of its requests goes on meanwhile,
    /// and no deadline passes.
    ///
    /// The connection must have no statement under way that has more rows than the host reads ahead (4): it would
    /// wait for the instance to take them, and the instance for it.
    pub(super) fn row_at_once(&self, statement: &str, parameters: &[Value]) -> Result<Option<RowResult>, StoreError> {
        let result = self.0.execute(statement, parameters).map_err(store_error)?;
        Ok(result.rows.into_iter().next())
    }

    async fn execute<const N: usize>(&self, statement: &str, parameters: [Value; N]) -> Result<Execution, StoreError> {
        self.0.execute_async(statement.to_owned(), parameters.into()).await.map_err(store_error)
    }

    async fn rows_when_unlocked(&self, statement: &str, system: &dyn System) -> Result<Vec<RowResult>, StoreError> {
        for _ in 1..LOCK_TRIES {
            match self.rows(statement, []).await {
                Err(StoreError::Unavailable(message)) if message.contains(LOCKED) => {
                    system.sleep(LOCK_RETRY_PAUSE).await
                }
                done => return done,
            }
        }
        self.rows(statement, []).await
    }
}

impl Columns for RowResult {
    fn integer(&self, column: usize) -> Result<i64, StoreError> {
        self.get(column).ok_or_else(|| unexpected(column, "no integer"))
    }

    fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.values.get(column) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(unexpected(column, "no text")),
        }
    }
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
        let message = "no such table: tocos";
        assert_eq!(store_error(Error::Io(message.into())), StoreError::Internal(message.into()));
        assert!(matches!(store_error(Error::AccessDenied), StoreError::Internal(_)));
    }
}
