//! A connection borrowed from a pool, and its statements.

use std::pin::{Pin, pin};
use std::sync::Arc;

use deadpool_postgres::Object;
use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::RowStream;

use super::bindings::{Column, DbValue, Error, ParameterValue, RowSet};
use super::error::{query_failed, query_text};
use super::parameters::to_sql;
use super::rows::{columns, read_row, row_size};
use super::tls::CaRoot;
use crate::spin::limit::check_size;
use crate::spin::stream::CHANNEL_CAPACITY;

/// Clones share the connection; the last one returns it to its pool. The server runs its statements in sequence.
///
/// A statement holds a clone until it has ended, even if the guest no longer waits for it. So the next borrower never
/// gets a busy connection.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Connection(Arc<Object>);

#[derive(Debug, Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct ConnectionBuilder {
    pub(super) address: String,
    pub(super) ca_root: Option<CaRoot>,
}

#[derive(Debug)]
pub(super) struct Statement {
    /// Empty for a statement without rows, as in Spin.
    pub(super) columns: Vec<Column>,
    pub(super) rows: mpsc::Receiver<Vec<DbValue>>,
    /// Whether the statement succeeded. `rows` also ends after an error.
    pub(super) completion: oneshot::Receiver<Result<(), Error>>,
}

impl Connection {
    pub(super) fn new(lent: Object) -> Self {
        Self(Arc::new(lent))
    }

    /// Returns the number of affected rows.
    pub(super) async fn execute(&self, statement: String, parameters: Vec<ParameterValue>) -> Result<u64, Error> {
        let parameters = to_sql(parameters).map_err(Error::ValueConversionFailed)?;
        let connection = self.0.clone();
        let task = tokio::spawn(async move { connection.execute_raw(&statement, parameters).await });
        let result = task.await.map_err(|error| Error::Other(error.to_string()))?;
        result.map_err(|error| query_failed(&error))
    }

    /// Collects all rows of a statement.
    pub(super) async fn query(&self, statement: String, parameters: Vec<ParameterValue>) -> Result<RowSet, Error> {
        let mut statement = self.stream(statement, parameters).await?;
        let mut rows = Vec::new();
        let mut size = size_of::<RowSet>();
        while let Some(row) = statement.rows.recv().await {
            size = size.saturating_add(row_size(&row));
            check_size(size).map_err(query_text)?;
            rows.push(row);
        }
        statement.completion.await.map_err(|_| ended_early())??;
        Ok(RowSet { columns: statement.columns, rows })
    }

    /// Starts a statement, and returns when its first row has arrived or it has ended.
    ///
    /// # Errors
    ///
    /// The server refuses the statement before it runs, for example its syntax. Any later error is the completion.
    pub(super) async fn stream(&self, statement: String, parameters: Vec<ParameterValue>) -> Result<Statement, Error> {
        let parameters = to_sql(parameters).map_err(Error::BadParameter)?;
        let (started, start) = oneshot::channel();
        let (sender, rows) = mpsc::channel(CHANNEL_CAPACITY);
        let (completed, completion) = oneshot::channel();
        let connection = self.0.clone();
        // Ignores failed sends: the guest may have dropped the receivers.
        tokio::spawn(async move {
            let mut stream = match connection.query_raw(&statement, parameters).await {
                Ok(stream) => pin!(stream),
                Err(error) => {
                    let _ = started.send(Err(query_failed(&error)));
                    return;
                }
            };
            match send_rows(stream.as_mut(), started, sender).await {
                Ok(()) => {
                    // Returns the connection to its pool before the guest sees the end.
                    drop(connection);
                    let _ = completed.send(Ok(()));
                }
                Err(error) => {
                    let _ = completed.send(Err(error));
                    while let Some(Ok(_)) = stream.next().await {}
                }
            }
        });
        let columns = start.await.map_err(|_| ended_early())??;
        Ok(Statement { columns, rows, completion })
    }
}

async fn send_rows(
    mut stream: Pin<&mut RowStream>,
    started: oneshot::Sender<Result<Vec<Column>, Error>>,
    rows: mpsc::Sender<Vec<DbValue>>,
) -> Result<(), Error> {
    let mut started = Some(started);
    let mut start = |columns| started.take().map(|started| started.send(Ok(columns)));
    while let Some(row) = stream.next().await {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                start(Vec::new());
                return Err(query_failed(&error));
            }
        };
        start(columns(&row));
        let row = read_row(&row).map_err(query_text)?;
        check_size(row_size(&row)).map_err(query_text)?;
        rows.send(row).await.map_err(|_| query_text("the guest no longer reads"))?;
    }
    start(Vec::new());
    Ok(())
}

/// Returns the error for a statement whose task ended without a result: the runner is stopping, or has a bug.
fn ended_early() -> Error {
    Error::Other("the statement ended early".to_owned())
}

#[cfg(test)]
mod tests;
