//! Calls of the SQLite interface.

use serde_json::{Value as Json, json};
use spin_sdk::sqlite::{Connection, Error, Value};

const SERIES: &str = "WITH RECURSIVE series(n) AS \
    (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ?) SELECT n FROM series";

/// Fails in one row in the middle of the result, because `abs` of the smallest integer overflows.
const FAILING_SERIES: &str = "WITH RECURSIVE series(n) AS \
    (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < 100) \
    SELECT CASE WHEN n = ? THEN abs(n - n - 9223372036854775807 - 1) ELSE n END FROM series";

pub(crate) async fn add_row() -> Result<(), String> {
    let connection = with_table().await?;
    run(&connection, "INSERT INTO spawned DEFAULT VALUES").await?;
    Ok(())
}

/// Counts the rows of [`add_row`].
pub(crate) async fn rows() -> Result<Json, String> {
    let connection = with_table().await?;
    let rows = run(&connection, "SELECT COUNT(*) FROM spawned").await?;
    Ok(json!({ "rows": rows.first() }))
}

pub(crate) async fn attach(path: &str) -> Result<Json, String> {
    let connection = Connection::open_default().await.map_err(text)?;
    // A literal, because the authorizer does not get the values of parameters.
    run(&connection, &format!("ATTACH DATABASE '{}' AS other", path.replace('\'', "''"))).await?;
    run(&connection, "CREATE TABLE IF NOT EXISTS other.made (id INTEGER)").await?;
    Ok(json!("attached"))
}

/// Reads `1..=rows` row by row; returns their count and sum.
pub(crate) async fn stream(rows: i64) -> Result<Json, String> {
    let connection = Connection::open_default().await.map_err(text)?;
    let mut query = connection.execute(SERIES, [Value::Integer(rows)]).await.map_err(text)?;
    let (mut count, mut sum) = (0_i64, 0_i64);
    while let Some(row) = query.next().await {
        count += 1;
        sum += row.get::<i64>(0).unwrap_or_default();
    }
    query.result().await.map_err(text)?;
    Ok(json!({"rows": count, "sum": sum}))
}

/// Runs a statement that fails after `row - 1` rows.
pub(crate) async fn late_error(row: i64) -> Json {
    parts(FAILING_SERIES, row).await
}

/// Opens a database that the manifest does not grant to this component.
pub(crate) async fn open_other() -> Result<Json, String> {
    Connection::open("other").await.map_err(text)?;
    Ok(json!("opened"))
}

/// Returns the three parts of a query's result: of the call, the rows, and the completion.
pub(crate) async fn parts(sql: &str, parameter: i64) -> Json {
    let connection = match Connection::open_default().await {
        Ok(connection) => connection,
        Err(error) => return json!({"open": text(error)}),
    };
    let parameters = if parameter > 0 { vec![Value::Integer(parameter)] } else { Vec::new() };
    let mut query = match connection.execute(sql, parameters).await {
        Ok(query) => query,
        Err(error) => return json!({"call": text(error)}),
    };
    let columns = query.columns().len();
    let mut rows = 0;
    while query.next().await.is_some() {
        rows += 1;
    }
    let completion = query.result().await.map_or_else(text, |()| "ok".to_owned());
    json!({"call": "ok", "columns": columns, "rows": rows, "completion": completion})
}

async fn with_table() -> Result<Connection, String> {
    let connection = Connection::open_default().await.map_err(text)?;
    run(&connection, "CREATE TABLE IF NOT EXISTS spawned (id INTEGER PRIMARY KEY)").await?;
    Ok(connection)
}

/// Returns the first column of every row.
async fn run(connection: &Connection, sql: &str) -> Result<Vec<i64>, String> {
    let rows = connection.execute(sql, []).await.map_err(text)?.collect().await.map_err(text)?;
    Ok(rows.iter().filter_map(|row| row.get(0)).collect())
}

fn text(error: Error) -> String {
    format!("{error:?}")
}
