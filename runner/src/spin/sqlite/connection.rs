//! Connections to SQLite, and statements on them.

use std::mem::size_of;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{CachedStatement, Row, params_from_iter};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::{Error, QueryResult, RowResult, Value};
use crate::spin::limit::check_size;
use crate::spin::stream::ITEMS_AHEAD;

/// Where a database lies and what its connections may do.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    /// In memory without a path, and then each connection has a database of its own.
    path: Option<PathBuf>,
    allow_attach_file: bool,
}

/// One connection, which is made at its first statement. Clones share it; its statements run one
/// after the other.
#[derive(Debug, Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Connection(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    database: Database,
    sqlite: Mutex<Option<rusqlite::Connection>>,
}

/// A running statement.
pub(super) struct RowStream {
    pub(super) columns: Vec<String>,
    pub(super) rows: mpsc::Receiver<RowResult>,
    /// Whether the statement succeeded, once it ended; the end of `rows` does not tell.
    pub(super) completion: oneshot::Receiver<Result<(), Error>>,
}

impl Database {
    pub(crate) fn new(path: Option<PathBuf>, allow_attach_file: bool) -> Self {
        Self { path, allow_attach_file }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    fn connect(&self) -> rusqlite::Result<rusqlite::Connection> {
        let sqlite = match &self.path {
            Some(path) => rusqlite::Connection::open(path)?,
            None => rusqlite::Connection::open_in_memory()?,
        };
        if !self.allow_attach_file {
            sqlite.authorizer(Some(deny_attach_file));
        }
        Ok(sqlite)
    }
}

impl Connection {
    pub(super) fn new(database: Database) -> Self {
        Self(Arc::new(Shared { database, sqlite: Mutex::new(None) }))
    }

    /// Runs a statement to its end.
    pub(super) async fn query(&self, statement: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        self.run(move |sqlite| {
            let mut statement = sqlite.prepare_cached(&statement).map_err(io)?;
            let columns = column_names(&statement);
            let mut rows = Vec::new();
            let mut size = size_of::<QueryResult>();
            for_each_row(&mut statement, parameters, |row| {
                size = size.saturating_add(row_size(&row));
                check_size(size).map_err(Error::Io)?;
                rows.push(row);
                Ok(())
            })?;
            Ok(QueryResult { columns, rows })
        })
        .await
    }

    /// Starts a statement. Its connection is busy until every row is taken or `rows` is dropped.
    ///
    /// # Errors
    ///
    /// Only that the connection cannot be made; an error of the statement is its completion.
    pub(super) async fn stream(&self, statement: String, parameters: Vec<Value>) -> Result<RowStream, Error> {
        let (columns, columns_known) = oneshot::channel();
        let (sender, rows) = mpsc::channel(ITEMS_AHEAD);
        let (completed, completion) = oneshot::channel();
        let connection = self.clone();
        spawn_blocking(move || {
            let result = connection.with(|sqlite| send_rows(sqlite, &statement, parameters, columns, &sender));
            // The guest may not wait for it.
            let _ = completed.send(result);
        });
        if let Ok(columns) = columns_known.await {
            return Ok(RowStream { columns, rows, completion });
        }
        // Columns are always sent, unless there is no connection to prepare the statement on.
        match completion.await {
            Ok(Err(error)) => Err(error),
            _ => Err(Error::Io("the statement did not start".to_owned())),
        }
    }

    pub(super) async fn last_insert_rowid(&self) -> Result<i64, Error> {
        self.run(|sqlite| Ok(sqlite.last_insert_rowid())).await
    }

    pub(super) async fn changes(&self) -> Result<u64, Error> {
        self.run(|sqlite| Ok(sqlite.changes())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let connection = self.clone();
        spawn_blocking(move || connection.with(work)).await.map_err(|error| Error::Io(error.to_string()))?
    }

    fn with<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> Result<T, Error>) -> Result<T, Error> {
        let shared = &self.0;
        let mut sqlite = shared.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
        let sqlite = match &mut *sqlite {
            Some(sqlite) => sqlite,
            none => none.insert(shared.database.connect().map_err(io)?),
        };
        work(sqlite)
    }
}

/// ATTACH may only name a temporary or in-memory database. A name that is not a literal, such as a
/// parameter, is unknown when the statement is prepared, and is denied as well.
fn deny_attach_file(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { filename: "" | ":memory:" } => Authorization::Allow,
        AuthAction::Attach { .. } => Authorization::Deny,
        AuthAction::Unknown { code, .. } if code == rusqlite::ffi::SQLITE_ATTACH => Authorization::Deny,
        _ => Authorization::Allow,
    }
}

fn send_rows(
    sqlite: &rusqlite::Connection,
    statement: &str,
    parameters: Vec<Value>,
    columns: oneshot::Sender<Vec<String>>,
    rows: &mpsc::Sender<RowResult>,
) -> Result<(), Error> {
    let closed = || Error::Io("the guest no longer reads".to_owned());
    let mut statement = match sqlite.prepare_cached(statement) {
        Ok(statement) => statement,
        Err(error) => {
            let _ = columns.send(Vec::new());
            return Err(io(error));
        }
    };
    columns.send(column_names(&statement)).map_err(|_| closed())?;
    for_each_row(&mut statement, parameters, |row| {
        check_size(row_size(&row)).map_err(Error::Io)?;
        rows.blocking_send(row).map_err(|_| closed())
    })
}

fn for_each_row(
    statement: &mut CachedStatement<'_>,
    parameters: Vec<Value>,
    mut each: impl FnMut(RowResult) -> Result<(), Error>,
) -> Result<(), Error> {
    let width = statement.column_count();
    let parameters = parameters.into_iter().map(to_sqlite);
    let mut rows = statement.query(params_from_iter(parameters)).map_err(io)?;
    while let Some(row) = rows.next().map_err(io)? {
        each(read_row(row, width).map_err(io)?)?;
    }
    Ok(())
}

fn read_row(row: &Row<'_>, width: usize) -> rusqlite::Result<RowResult> {
    let values = (0..width).map(|column| row.get(column));
    let values = values.collect::<rusqlite::Result<_>>()?;
    Ok(RowResult { values })
}

fn column_names(statement: &CachedStatement<'_>) -> Vec<String> {
    let names = statement.column_names().into_iter();
    names.map(str::to_owned).collect()
}

fn row_size(row: &RowResult) -> usize {
    let sizes = row.values.iter().map(|value| match value {
        Value::Text(text) => size_of::<Value>() + text.len(),
        Value::Blob(bytes) => size_of::<Value>() + bytes.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => size_of::<Value>(),
    });
    sizes.sum()
}

fn to_sqlite(value: Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(integer) => rusqlite::types::Value::Integer(integer),
        Value::Real(real) => rusqlite::types::Value::Real(real),
        Value::Text(text) => rusqlite::types::Value::Text(text),
        Value::Blob(bytes) => rusqlite::types::Value::Blob(bytes),
    }
}

impl FromSql for Value {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(integer) => Self::Integer(integer),
            ValueRef::Real(real) => Self::Real(real),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text);
                Self::Text(text.map_err(FromSqlError::other)?.to_owned())
            }
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        })
    }
}

fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

#[cfg(test)]
mod tests;
