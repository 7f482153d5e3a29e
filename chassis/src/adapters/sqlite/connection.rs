// The SDK wraps these bindings, and hides the blocking calls.
use spin_sdk::sqlite::wit::sqlite;
use spin_sdk::sqlite::{Error, RowResult, Value as SpinValue};

use crate::adapters::retry_while_locked;
use crate::ports::{QueryResult, Row, StoreError, System, Value};

const DATABASE: &str = "default";
const LOCKED: &str = "is locked";
/// Messages of BUSY, LOCKED, CANTOPEN, IOERR, READONLY, FULL and PROTOCOL, after which a retry may succeed.
const TRANSIENT: [&str; 6] =
    [LOCKED, "unable to open", "disk I/O error", "readonly database", "is full", "locking protocol"];

/// A commit survives the loss of power.
pub(super) const FULL: &str = "PRAGMA synchronous = FULL";
/// A commit survives the loss of this process.
pub(super) const NORMAL: &str = "PRAGMA synchronous = NORMAL";

pub(super) struct Connection(sqlite::Connection);

impl Connection {
    pub(super) async fn open_reader() -> Result<Self, StoreError> {
        sqlite::Connection::open_async(DATABASE.to_owned()).await.map(Self).map_err(store_error)
    }

    pub(super) async fn open(synchronous: &str) -> Result<Self, StoreError> {
        let connection = Self::open_reader().await?;
        connection.run(synchronous).await?;
        Ok(connection)
    }

    /// Begins a transaction that may write, on a new connection that no other statement uses.
    pub(super) async fn begin(synchronous: &str, system: &dyn System) -> Result<Self, StoreError> {
        let connection = Self::open(synchronous).await?;
        // The file keeps this mode. Setting it needs exclusive access for a moment, for which SQLite doesn't wait.
        retry_while_locked(system, LOCKED, || connection.run("PRAGMA journal_mode = WAL")).await?;
        connection.run("BEGIN IMMEDIATE").await?;
        Ok(connection)
    }

    pub(super) async fn rows(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let parameters = parameters.into_iter().map(parameter).collect();
        let result = self.0.execute_async(sql.to_owned(), parameters).await;
        let (_, rows, completion) = result.map_err(store_error)?;
        let rows = rows.collect().await;
        // The end of the rows is no proof of success.
        completion.await.map_err(store_error)?;
        Ok(rows.into_iter().map(row).collect())
    }

    pub(super) async fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.rows(sql, Vec::new()).await.map(drop)
    }

    /// Runs a statement that returns at most one row.
    pub(super) async fn row(&self, sql: &str, parameters: Vec<Value>) -> QueryResult {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    /// The same in one host call. It blocks the instance with its other requests and their deadlines, and would wait
    /// forever for a statement in progress that has more rows than the host reads ahead (4).
    pub(super) fn row_at_once(&self, sql: &str, parameters: Vec<Value>) -> QueryResult {
        let parameters: Vec<_> = parameters.into_iter().map(parameter).collect();
        let result = self.0.execute(sql, &parameters).map_err(store_error)?;
        Ok(result.rows.into_iter().next().map(row))
    }
}

fn parameter(value: Value) -> SpinValue {
    match value {
        Value::Null => SpinValue::Null,
        Value::Bool(value) => SpinValue::Integer(value.into()),
        Value::Number(value) => match value.as_i64() {
            Some(value) => SpinValue::Integer(value),
            None => SpinValue::Real(value.as_f64().unwrap_or_default()),
        },
        Value::String(value) => SpinValue::Text(value),
        Value::Array(_) | Value::Object(_) => SpinValue::Text(value.to_string()),
    }
}

fn row(row: RowResult) -> Row {
    let column = |value| match value {
        SpinValue::Integer(value) => value.into(),
        SpinValue::Real(value) => value.into(),
        SpinValue::Text(value) => value.into(),
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
