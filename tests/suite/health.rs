//! `GET /health`, `GET /healthcheck`

use std::fs;

use black_box::{Options, Server, StateDir};
use serde_json::json;

#[tokio::test]
async fn is_ok() {
    let server = Server::start(Options::api()).await;
    for path in ["/health", "/healthcheck"] {
        let answer = server.anonymous().get(path).send().await;
        assert_eq!(answer.assert_json(200, path), json!({"status": "ok"}));
    }
}

#[tokio::test]
async fn touches_no_dependency() {
    // With metrics, every request is counted in the database.
    let server = Server::start(Options::api().variable("metrics", "off")).await;
    server.anonymous().get("/health").send().await.assert_status(200, "health");
    assert!(!server.state_dir().database().exists(), "health opens no database");

    let state = StateDir::new();
    fs::create_dir(state.database()).unwrap();
    let server = Server::start(Options::api().state(&state)).await;
    let answer = server.anonymous().get("/healthcheck").send().await;
    answer.assert_status(200, "a database that can't be opened");
}
