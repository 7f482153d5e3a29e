use tempfile::TempDir;

use super::*;

fn memory() -> Connection {
    Connection::new(Database::new(None, false))
}

async fn query(connection: &Connection, statement: &str) -> Result<Vec<RowResult>, String> {
    let result = connection.query(statement.to_owned(), Vec::new()).await;
    result.map(|result| result.rows).map_err(|e| e.to_string())
}

/// Reads a statement to its end. Returns its columns, rows and completion.
async fn stream(
    connection: &Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> (Vec<String>, Vec<RowResult>, Result<(), Error>) {
    let mut stream = connection.stream(statement.to_owned(), parameters).await.unwrap();
    let mut rows = Vec::new();
    while let Some(row) = stream.rows.recv().await {
        rows.push(row);
    }
    (stream.columns, rows, stream.completion.await.unwrap())
}

#[tokio::test]
async fn every_type_comes_back() {
    let parameters = vec![
        Value::Null,
        Value::Integer(i64::MIN),
        Value::Real(1.5),
        Value::Text("täxt".to_owned()),
        Value::Blob(vec![0, 255]),
    ];
    let statement = "SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, ?5 AS e";
    let (columns, rows, completion) = stream(&memory(), statement, parameters).await;
    assert_eq!(columns, ["a", "b", "c", "d", "e"]);
    assert!(completion.is_ok());
    let [Value::Null, Value::Integer(i64::MIN), Value::Real(real), Value::Text(text), Value::Blob(blob)] =
        &rows[0].values[..]
    else {
        panic!("{rows:?}");
    };
    assert_eq!((*real, text.as_str(), &blob[..]), (1.5, "täxt", &[0, 255][..]));
}

#[tokio::test]
async fn an_error_is_the_completion_and_not_the_rows() {
    let connection = memory();
    for (statement, parameters, rows_before) in [
        ("SELEKT", vec![], 0),
        ("SELECT ?1", vec![], 0),
        ("SELECT 1 UNION ALL SELECT abs(-9223372036854775808)", vec![], 1),
    ] {
        let (_, rows, completion) = stream(&connection, statement, parameters).await;
        assert_eq!(rows.len(), rows_before, "{statement}");
        assert!(matches!(completion, Err(Error::Io(_))), "{statement}");
    }
}

#[tokio::test]
async fn a_stream_goes_on_past_the_channel_and_may_be_dropped() {
    let connection = memory();
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT i FROM n";
    let (_, rows, completion) = stream(&connection, many, vec![]).await;
    assert_eq!(rows.len(), 1000);
    assert!(completion.is_ok());

    let dropped = connection.stream(many.to_owned(), vec![]).await.unwrap();
    drop(dropped.rows);
    assert!(dropped.completion.await.unwrap().is_err());
    assert_eq!(query(&connection, "SELECT 1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_read_at_once_is_there_at_once() {
    let connection = memory();
    query(&connection, "CREATE TABLE t (a)").await.unwrap();
    let mut stream = connection.stream("SELECT count(*) AS n FROM t".to_owned(), vec![]).await.unwrap();
    assert_eq!(stream.columns, ["n"]);
    assert!(matches!(stream.rows.try_recv().unwrap().values[..], [Value::Integer(0)]));
    assert!(stream.rows.recv().await.is_none());
    assert!(stream.completion.try_recv().unwrap().is_ok());
}

#[tokio::test]
async fn each_connection_to_a_file_is_its_own() {
    let folder = TempDir::new().unwrap();
    let database = Database::new(Some(folder.path().join("test.db")), false);
    let (one, two) = (Connection::new(database.clone()), Connection::new(database));
    query(&one, "CREATE TABLE t (a)").await.unwrap();
    query(&one, "INSERT INTO t VALUES (1), (2)").await.unwrap();
    assert_eq!(one.changes().await.unwrap(), 2);
    assert_eq!(one.last_insert_rowid().await.unwrap(), 2);
    assert_eq!(query(&two, "SELECT a FROM t").await.unwrap().len(), 2);
    assert_eq!(two.changes().await.unwrap(), 0);
}

#[tokio::test]
async fn files_cannot_be_attached() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("other.db");
    let file = format!("ATTACH '{}' AS other", path.display());
    let vacuum = format!("VACUUM INTO '{}'", path.display());
    for (statement, allowed) in [
        (file.as_str(), false),
        ("ATTACH ('x' || '.db') AS other", false),
        (vacuum.as_str(), false),
        ("ATTACH ':memory:' AS other", true),
        ("ATTACH '' AS other", true),
    ] {
        let result = query(&memory(), statement).await;
        assert_eq!(result.is_ok(), allowed, "{statement}: {result:?}");
    }
    let parameter = vec![Value::Text(path.display().to_string())];
    let (_, _, completion) = stream(&memory(), "ATTACH ?1 AS other", parameter).await;
    assert!(completion.is_err());
    assert!(!path.exists());

    let allowed = Connection::new(Database::new(None, true));
    query(&allowed, &file).await.unwrap();
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_an_error_of_the_statement() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing").join("test.db");
    let connection = Connection::new(Database::new(Some(missing), false));
    assert!(query(&connection, "SELECT 1").await.is_err());
    assert!(connection.stream("SELECT 1".to_owned(), vec![]).await.is_err());
}
