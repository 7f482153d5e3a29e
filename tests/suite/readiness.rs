//! `GET /readiness`

use std::time::{Duration, Instant};

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Answer, Engine, Options, Raw, Server, StateDir, example, internal};
use rstest::rstest;
use rusqlite::Connection;
use serde_json::{Value, json};

/// The timeout of the database check, 1 s, and a margin for a busy machine.
const BOUND: Duration = Duration::from_millis(2500);
/// Longer than SQLite waits between two attempts to take a lock.
const RECOVERY: Duration = Duration::from_secs(15);

#[rstest]
#[tokio::test]
async fn is_ready(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let checks = json!({"configuration": "ok", "api_key": "ok", "database": "ok"});
    let answer = server.anonymous().get("/readiness").send().await;
    let expected = json!({"status": "ready", "checks": checks});
    assert_eq!(answer.assert_json(200, "readiness"), expected);
}

/// Gateways block internal paths by their exact spelling, so the API must not serve another spelling.
#[tokio::test]
async fn no_internal_path_has_another_spelling() {
    let server = Server::start(Options::api()).await;
    for path in internal::PATHS {
        let (first, rest) = path[1..].split_at(1);
        let code = first.as_bytes()[0];
        let others = [
            format!("{path}/"),
            format!("/{path}"),
            format!("/.{path}"),
            format!("/health/..{path}"),
            format!("/health/%2e%2e{path}"),
            format!("/%{code:02x}{rest}"),
            format!("{path};a=b"),
            format!("{path}%20"),
            path.to_uppercase(),
        ];
        for other in others {
            let head = format!("GET {other} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Raw::exchange(server.address(), &head).await.assert_status(404, &other);
        }
    }
}

#[rstest]
#[tokio::test]
async fn needs_a_key_to_be_configured(#[values(Sqlite, Postgres)] engine: Engine) {
    for key in ["", " , ,"] {
        let server = Server::start(Options::on(engine).variable("api_key", key)).await;
        let checks = not_ready(&server.anonymous().get("/readiness").send().await);
        assert_eq!(checks["configuration"], "ok");
        assert_eq!(checks["database"], "ok");
        assert_ne!(checks["api_key"], "ok");
    }
}

#[rstest]
#[tokio::test]
async fn needs_no_key_when_the_api_is_open(#[values(Sqlite, Postgres)] engine: Engine) {
    let options = Options::on(engine).without_variable("api_key").variable("auth", "none");
    let server = Server::start(options).await;
    let answer = server.anonymous().get("/readiness").send().await;
    let checks = json!({"configuration": "ok", "api_key": "not required", "database": "ok"});
    let warnings = ["auth is none: every route is open to everybody"];
    let expected = json!({"status": "ready", "checks": checks, "warnings": warnings});
    assert_eq!(answer.assert_json(200, "auth = none"), expected);
}

#[tokio::test]
async fn warns_of_keys_that_come_without_tls() {
    let options = Options::api().variable("auth", "jwt").variable("jwt_issuer", "https://issuer.example");
    let options = options.variable("jwt_audience", "mini-api").variable("jwt_jwks_origin", "http://127.0.0.1:1");
    let options = options.variable("jwt_jwks_url", "http://127.0.0.1:1/jwks");
    let server = Server::start(options).await;
    let answer = server.anonymous().get("/readiness").send().await.assert_json(200, "keys are fetched later");
    let warnings = ["jwt_jwks_url is not https: an attacker on the network can sign any token"];
    assert_eq!(answer["warnings"], json!(warnings));
}

#[tokio::test]
async fn answers_in_time_when_the_file_is_locked_and_recovers() {
    let state = StateDir::new();
    let lock = Connection::open(state.database()).unwrap();
    lock.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();

    let server = Server::start(Options::api().state(&state)).await;
    assert_answers_in_time(&server).await;
    lock.execute_batch("ROLLBACK").unwrap();
    drop(lock);
    server.wait_for("/readiness", 200, RECOVERY).await;
    server.client().get(example::LIST).send().await.assert_status(200, "after the lock");
}

#[tokio::test]
async fn answers_in_time_when_the_server_does_not_and_recovers() {
    let server = Server::start(Options::on(Postgres)).await;
    server.wait_for("/readiness", 200, RECOVERY).await;

    let lock = server.options().database().lock().await;
    for _ in 0..3 {
        assert_answers_in_time(&server).await;
    }
    lock.release().await;
    server.wait_for("/readiness", 200, RECOVERY).await;
    server.client().get(example::LIST).send().await.assert_status(200, "after the lock");
}

async fn assert_answers_in_time(server: &Server) {
    let start = Instant::now();
    let checks = not_ready(&server.anonymous().get("/readiness").send().await);
    assert!(start.elapsed() < BOUND, "an answer after {:?}", start.elapsed());
    assert_ne!(checks["database"], "ok");
}

/// Returns the checks of a response that is not ready.
pub(crate) fn not_ready(answer: &Answer) -> Value {
    let body = answer.assert_json(503, "readiness");
    assert_eq!(body["status"], "not ready", "{body}");
    body["checks"].clone()
}
