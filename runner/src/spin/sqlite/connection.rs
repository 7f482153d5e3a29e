//! Connections to SQLite, and their statements.

mod inline;
mod rows;

use std::mem::size_of;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use self::inline::OpenConnection;
use self::rows::{collect, column_names, for_each_row, row_size};
use super::bindings::{Error, QueryResult, RowResult, Value};
use super::error::io;
use crate::spin::limit::check_size;
use crate::spin::stream::CHANNEL_CAPACITY;

#[derive(Debug, Clone)]
pub(crate) struct Database {
    /// `None` means in memory; then each connection has a database of its own.
    path: Option<PathBuf>,
    allow_attach_file: bool,
}

/// A connection, which the first statement opens. Clones share it. Its statements run in sequence.
#[derive(Debug, Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Connection(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    database: Database,
    sqlite: Mutex<Option<OpenConnection>>,
}

pub(super) struct RowStream {
    pub(super) columns: Vec<String>,
    pub(super) rows: mpsc::Receiver<RowResult>,
    /// Whether the statement succeeded. `rows` also ends after an error.
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

    /// Collects all rows of a statement.
    pub(super) async fn query(&self, statement: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        if let Some(result) = self.read_inline(&statement, &parameters) {
            return Ok(result);
        }
        self.run(move |sqlite| {
            let mut statement = sqlite.prepare_cached(&statement).map_err(io)?;
            let check = |_, size: usize| check_size(size.saturating_add(size_of::<QueryResult>())).map_err(Error::Io);
            collect(&mut statement, &parameters, check)
        })
        .await
    }

    /// Starts a statement. Its connection is busy until every row is read or `rows` is dropped.
    ///
    /// # Errors
    ///
    /// The database cannot be opened. The completion reports an error of the statement itself.
    pub(super) async fn stream(&self, statement: String, parameters: Vec<Value>) -> Result<RowStream, Error> {
        if let Some(result) = self.read_inline(&statement, &parameters) {
            return Ok(RowStream::done(result));
        }
        let (columns, columns_known) = oneshot::channel();
        let (sender, rows) = mpsc::channel(CHANNEL_CAPACITY);
        let (completed, completion) = oneshot::channel();
        let connection = self.clone();
        spawn_blocking(move || {
            let result = connection.with(|sqlite| send_rows(sqlite, &statement, parameters, columns, &sender));
            // The guest may have dropped the receiver.
            let _ = completed.send(result);
        });
        if let Ok(columns) = columns_known.await {
            return Ok(RowStream { columns, rows, completion });
        }
        // The task sends columns unless it could not open the database.
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

    /// Like [`OpenConnection::read_inline`], but also returns `None` if the connection is busy or not open yet.
    fn read_inline(&self, statement: &str, parameters: &[Value]) -> Option<QueryResult> {
        let mut sqlite = self.0.sqlite.try_lock().ok()?;
        sqlite.as_mut()?.read_inline(statement, parameters)
    }

    fn with<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> Result<T, Error>) -> Result<T, Error> {
        let shared = &self.0;
        let mut sqlite = shared.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
        let sqlite = match &mut *sqlite {
            Some(sqlite) => sqlite,
            none => none.insert(OpenConnection::new(shared.database.connect().map_err(io)?)),
        };
        work(sqlite.unbounded().map_err(io)?)
    }
}

impl RowStream {
    /// Returns a successful statement with at most [`CHANNEL_CAPACITY`] rows.
    fn done(result: QueryResult) -> Self {
        let (sender, rows) = mpsc::channel(CHANNEL_CAPACITY);
        for row in result.rows {
            // The channel has room, and `rows` is alive.
            let _ = sender.try_send(row);
        }
        let (completed, completion) = oneshot::channel();
        let _ = completed.send(Ok(()));
        Self { columns: result.columns, rows, completion }
    }
}

/// Denies ATTACH of a file. A name that is not a literal, such as a parameter, is unknown while SQLite prepares the
/// statement, so it is denied as well.
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
    for_each_row(&mut statement, &parameters, |row| {
        check_size(row_size(&row)).map_err(Error::Io)?;
        rows.blocking_send(row).map_err(|_| closed())
    })
}

#[cfg(test)]
mod tests;
