//! `GET /readiness`

use std::fs;
use std::time::{Duration, Instant};

use black_box::{Answer, Options, Server, StateDir};
use rusqlite::Connection;
use serde_json::{Value, json};

/// The bound of the question to the database, 1 s, and a busy machine.
const BOUND: Duration = Duration::from_millis(2500);

#[tokio::test]
async fn is_ready() {
    let server = Server::start(Options::api()).await;
    let checks = json!({"configuration": "ok", "api_key": "ok", "database": "ok"});
    let answer = server.anonymous().get("/readiness").send().await;
    let expected = json!({"status": "ready", "checks": checks});
    assert_eq!(answer.assert_json(200, "readiness"), expected);
}

#[tokio::test]
async fn needs_a_key_to_be_configured() {
    for key in ["", " , ,"] {
        let server = Server::start(Options::api().variable("api_key", key)).await;
        let checks = not_ready(&server.anonymous().get("/readiness").send().await);
        assert_eq!(checks["configuration"], "ok");
        assert_eq!(checks["database"], "ok");
        assert_ne!(checks["api_key"], "ok");
    }
}

#[tokio::test]
async fn needs_no_key_when_the_api_is_open() {
    let options = Options::api().without_variable("api_key").variable("auth", "none");
    let server = Server::start(options).await;
    let answer = server.anonymous().get("/readiness").send().await;
    let checks = json!({"configuration": "ok", "api_key": "not required", "database": "ok"});
    let expected = json!({"status": "ready", "checks": checks});
    assert_eq!(answer.assert_json(200, "auth = none"), expected);
}

#[tokio::test]
async fn says_that_the_database_is_broken() {
    type Break = fn(&StateDir);
    let cases: [(&str, Break); 2] = [
        ("a directory", |state| fs::create_dir(state.database()).unwrap()),
        ("no database", |state| fs::write(state.database(), [b'x'; 8192]).unwrap()),
    ];
    for (case, break_it) in cases {
        let state = StateDir::new();
        break_it(&state);
        let server = Server::start(Options::api().state(&state)).await;
        let checks = not_ready(&server.anonymous().get("/readiness").send().await);
        assert_ne!(checks["database"], "ok", "{case}");
        assert_eq!(checks["configuration"], "ok", "{case}");
        assert_eq!(checks["api_key"], "ok", "{case}");
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_a_503_that_may_be_tried_again() {
    let state = StateDir::new();
    fs::create_dir(state.database()).unwrap();
    let server = Server::start(Options::api().state(&state)).await;
    let client = server.client();
    let requests = [
        client.get("/tocos"),
        client.get("/tocos/John"),
        client.post("/tocos", json!({"user": "Nina", "tocos": 1})),
        client.put("/tocos/John", json!({"tocos": 1})),
        client.delete("/tocos/John"),
    ];
    for request in requests.map(|request| tokio::spawn(request.send())) {
        let answer = request.await.unwrap();
        answer.assert_problem(503, "store-unavailable", "a directory");
        let retry_after: Option<u32> = answer.header("Retry-After").and_then(|s| s.parse().ok());
        assert!(retry_after.is_some(), "{answer:?}");
        let request_id = answer.header("X-Request-Id").unwrap();
        server.logs().wait_for("the reason", |line| line.contains(request_id)).await;
    }
    client.get("/hello_world").send().await.assert_status(200, "needs no store");

    fs::remove_dir(state.database()).unwrap();
    server.wait_for("/readiness", 200, Duration::from_secs(5)).await;
    client.get("/tocos").send().await.assert_status(200, "it is back");
}

#[tokio::test]
async fn answers_in_time_when_the_database_does_not_and_recovers() {
    let state = StateDir::new();
    let lock = Connection::open(state.database()).unwrap();
    lock.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();

    let server = Server::start(Options::api().state(&state)).await;
    let start = Instant::now();
    let checks = not_ready(&server.anonymous().get("/readiness").send().await);
    assert!(start.elapsed() < BOUND, "an answer after {:?}", start.elapsed());
    assert_ne!(checks["database"], "ok");

    lock.execute_batch("ROLLBACK").unwrap();
    drop(lock);
    server.wait_for("/readiness", 200, Duration::from_secs(15)).await;
    server.client().get("/tocos").send().await.assert_status(200, "after the lock");
}

fn not_ready(answer: &Answer) -> Value {
    let body = answer.assert_json(503, "readiness");
    assert_eq!(body["status"], "not ready", "{body}");
    body["checks"].clone()
}
