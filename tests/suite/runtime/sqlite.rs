//! `spin:sqlite`

use black_box::{Client, Options, Server, StateDir};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::Guest;

#[tokio::test]
async fn rows_come_as_a_stream() {
    let server = Server::start(Options::guest()).await;
    for rows in [1_i64, 4, 5, 1_000, 100_000] {
        let answer = ask(&server.client(), &format!("/stream?rows={rows}")).await;
        assert_eq!(answer, json!({"rows": rows, "sum": rows * (rows + 1) / 2}));
    }
}

#[tokio::test]
async fn an_error_is_in_the_completion_result() {
    let server = Server::start(Options::guest()).await;
    let answer = ask(&server.client(), "/bad-sql").await;
    assert_eq!(answer["call"], "ok", "{answer}");
    assert_eq!(answer["columns"], 0, "{answer}");
    assert_eq!(answer["rows"], 0, "{answer}");
    let completion = answer["completion"].as_str().unwrap_or_default();
    assert!(completion.contains("syntax error"), "{answer}");
}

#[tokio::test]
async fn an_error_in_the_middle_comes_after_the_rows_before() {
    let server = Server::start(Options::guest()).await;
    for row in [2_i64, 50] {
        let answer = ask(&server.client(), &format!("/late-error?row={row}")).await;
        assert_eq!(answer["rows"], row - 1, "{answer}");
        let completion = answer["completion"].as_str().unwrap_or_default();
        assert!(completion.contains("overflow"), "{answer}");
    }
    let answer = ask(&server.client(), "/late-error?row=101").await;
    assert_eq!((&answer["rows"], &answer["completion"]), (&json!(100), &json!("ok")));
}

#[tokio::test]
async fn no_file_can_be_attached() {
    let other = StateDir::new();
    Connection::open(other.database()).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let missing = other.path().join("new.db");
    let server = Server::start(Options::guest()).await;
    for path in [other.database(), missing.clone(), server.state_dir().database()] {
        let answer = ask(&server.client(), &format!("/attach?path={}", path.display())).await;
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains("not authorized"), "{}: {answer}", path.display());
    }
    assert!(!missing.exists(), "nothing was made");
}

#[tokio::test]
async fn a_database_in_memory_can_be_attached() {
    let server = Server::start(Options::guest()).await;
    for path in ["", ":memory:"] {
        assert_eq!(ask(&server.client(), &format!("/attach?path={path}")).await, json!("attached"));
    }
}

#[tokio::test]
async fn a_database_that_the_manifest_does_not_give_is_denied() {
    let server = Server::start(Options::guest()).await;
    let answer = ask(&server.client(), "/other-database").await;
    let error = answer["error"].as_str().unwrap_or_default();
    assert!(error.contains("AccessDenied"), "{answer}");
}

#[tokio::test]
async fn the_default_database_lies_in_the_state_directory() {
    let server = Server::start(Options::guest()).await;
    assert_eq!(ask(&server.client(), "/rows").await, json!({"rows": 0}));
    let database = Connection::open(server.state_dir().database()).unwrap();
    database.execute_batch("INSERT INTO spawned DEFAULT VALUES").unwrap();
    assert_eq!(ask(&server.client(), "/rows").await, json!({"rows": 1}));
}

async fn ask(client: &Client, path: &str) -> Value {
    client.get(path).send().await.assert_json_text()
}
