use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::super::bindings::spin::postgres::postgres::{DbError, QueryError};
use super::super::test_server::{address, connect, servers, text};
use super::*;

const TIMEOUT: Duration = Duration::from_secs(10);

type Outcome = (Vec<Column>, Vec<Vec<DbValue>>, Result<(), Error>);

/// Reads a statement to its end.
async fn read(connection: &Connection, statement: &str) -> Result<Outcome, Error> {
    let mut statement = connection.stream(statement.to_owned(), Vec::new()).await?;
    let mut rows = Vec::new();
    while let Some(row) = statement.rows.recv().await {
        rows.push(row);
    }
    Ok((statement.columns, rows, statement.completion.await.unwrap()))
}

async fn execute(connection: &Connection, statement: &str) -> Result<u64, Error> {
    connection.execute(statement.to_owned(), Vec::new()).await
}

fn db_error<T: std::fmt::Debug>(result: Result<T, Error>) -> DbError {
    match result {
        Err(Error::QueryFailed(QueryError::DbError(error))) => error,
        other => panic!("{other:?}"),
    }
}

fn is_text<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::QueryFailed(QueryError::Text(_))))
}

#[tokio::test]
async fn rows_are_counted_or_returned() {
    let connection = connect().await;
    assert_eq!(execute(&connection, "CREATE TEMPORARY TABLE t (a int PRIMARY KEY)").await.unwrap(), 0);
    assert_eq!(execute(&connection, "INSERT INTO t VALUES (1), (2)").await.unwrap(), 2);
    let (columns, rows, completion) = read(&connection, "SELECT a, -a AS b FROM t ORDER BY a").await.unwrap();
    assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(rows[1], [DbValue::Int32(2), DbValue::Int32(-2)]);
    completion.unwrap();
    let result = connection.query("DELETE FROM t RETURNING a".to_owned(), Vec::new()).await.unwrap();
    assert_eq!((result.columns.len(), result.rows.len()), (1, 2));
}

#[tokio::test]
async fn a_statement_without_rows_has_no_columns() {
    let connection = connect().await;
    for statement in ["SELECT 1 WHERE false", "", "-- nothing", "SET statement_timeout = 0"] {
        let (columns, rows, completion) = read(&connection, statement).await.unwrap();
        assert_eq!((columns, rows, completion), (Vec::new(), Vec::new(), Ok(())), "{statement}");
        let result = connection.query(statement.to_owned(), Vec::new()).await.unwrap();
        assert!(result.columns.is_empty() && result.rows.is_empty(), "{statement}");
    }
}

#[tokio::test]
async fn an_error_of_the_server_keeps_its_fields() {
    let connection = connect().await;
    execute(&connection, "CREATE TEMPORARY TABLE t (a int CONSTRAINT positive CHECK (a > 0), b int)").await.unwrap();
    let error = db_error(execute(&connection, "INSERT INTO t VALUES (-1, 2)").await);
    assert_eq!((error.severity.as_str(), error.code.as_str()), ("ERROR", "23514"));
    assert!(error.message.contains("violates check constraint"), "{error:?}");
    assert_eq!(error.detail.as_deref(), Some("Failing row contains (-1, 2)."));
    assert!(error.as_text.contains("23514"), "{error:?}");
    for (name, value) in [("constraint", "positive"), ("table", "t")] {
        assert!(error.extras.contains(&(name.to_owned(), value.to_owned())), "{error:?}");
    }
}

#[tokio::test]
async fn an_error_comes_as_early_as_it_is_known() {
    let connection = connect().await;
    assert_eq!(db_error(read(&connection, "SELEKT 1").await).code, "42601");
    let late = "SELECT 6 / (3 - i) FROM generate_series(1, 5) AS i";
    let (_, rows, completion) = read(&connection, late).await.unwrap();
    assert_eq!(rows, [[DbValue::Int32(3)], [DbValue::Int32(6)]]);
    assert_eq!(db_error(completion).code, "22012");
    assert_eq!(db_error(connection.query(late.to_owned(), Vec::new()).await).code, "22012");
    assert_eq!(text(&connection, "1").await, "1");
}

#[tokio::test]
async fn wrong_parameters_are_errors() {
    let connection = connect().await;
    let select = "SELECT $1::int".to_owned();
    assert!(is_text(&connection.execute(select.clone(), Vec::new()).await));
    assert!(is_text(&connection.execute(select.clone(), vec![ParameterValue::Int64(1)]).await));
    let impossible = vec![ParameterValue::Date((2023, 2, 29))];
    let result = connection.execute(select.clone(), impossible.clone()).await;
    assert!(matches!(result, Err(Error::ValueConversionFailed(_))), "{result:?}");
    let result = connection.query(select, impossible).await;
    assert!(matches!(result, Err(Error::BadParameter(_))), "{result:?}");
}

#[tokio::test]
async fn a_stream_goes_on_past_the_channel_and_may_be_dropped() {
    let connection = connect().await;
    let many = "SELECT i FROM generate_series(1, 10000) AS i";
    let (_, rows, completion) = read(&connection, many).await.unwrap();
    assert_eq!((rows.len(), completion), (10_000, Ok(())));
    let mut dropped = connection.stream(many.to_owned(), Vec::new()).await.unwrap();
    dropped.rows.close();
    while dropped.rows.recv().await.is_some() {}
    assert!(is_text(&dropped.completion.await.unwrap()));
    assert_eq!(text(&connection, "1").await, "1");
}

#[tokio::test]
async fn a_lost_connection_is_an_error_at_once_and_ever_after() {
    let (victim, other) = (connect().await, connect().await);
    let process = text(&victim, "pg_backend_pid()").await;
    let sleeping = victim.clone();
    let sleeper = tokio::spawn(async move { execute(&sleeping, "SELECT pg_sleep(60)").await });
    sleep(Duration::from_millis(100)).await;
    assert_eq!(text(&other, &format!("pg_terminate_backend({process})")).await, "true");
    let result = timeout(TIMEOUT, sleeper).await.unwrap().unwrap();
    assert_eq!(db_error(result).code, "57P01");
    assert!(is_text(&timeout(TIMEOUT, execute(&victim, "SELECT 1")).await.unwrap()));
    assert!(is_text(&timeout(TIMEOUT, read(&victim, "SELECT 1")).await.unwrap()));
}

#[tokio::test]
async fn an_abandoned_statement_keeps_its_connection_until_it_ended() {
    let servers = servers();
    let address = address("abandoned");
    let connection = servers.connect(&address, None).await.unwrap();
    let process = text(&connection, "pg_backend_pid()").await;
    let sleeping = execute(&connection, "SELECT pg_sleep(1)");
    assert!(timeout(Duration::from_millis(100), sleeping).await.is_err());
    drop(connection);

    let during = servers.connect(&address, None).await.unwrap();
    assert_ne!(text(&during, "pg_backend_pid()").await, process);
    let returned = async {
        while text(&servers.connect(&address, None).await.unwrap(), "pg_backend_pid()").await != process {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(TIMEOUT, returned).await.unwrap();
}
