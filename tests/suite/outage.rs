//! The API reports a database that is broken, unavailable or silent, and recovers by itself.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Answer, Engine, Options, PostgresServer, Server, StateDir, example};
use rstest::rstest;
use serde_json::json;

use crate::readiness::not_ready;

/// Maximum time from the database's return to the first success.
const RECOVERY: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_file_that_is_no_database_is_unavailable_or_a_failure() {
    type Break = fn(&StateDir);
    let cases: [(&str, Break); 2] = [
        ("a directory", |state| fs::create_dir(state.database()).unwrap()),
        ("no database", |state| fs::write(state.database(), [b'x'; 8192]).unwrap()),
    ];
    for (case, break_it) in cases {
        let state = StateDir::new();
        break_it(&state);
        let server = Server::start(Options::api().state(&state)).await;
        assert_not_ready(&server, case).await;
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_away() {
    let state = StateDir::new();
    fs::create_dir(state.database()).unwrap();
    let server = Server::start(Options::api().state(&state)).await;
    assert_away(&server, "a directory").await;
    fs::remove_dir(state.database()).unwrap();
    assert_back(&server).await;
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_away_and_no_secret_is_told() {
    let postgres = PostgresServer::start_own();
    let options = Options::on_server(&postgres);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let cases = [
        ("pgport", free.as_str()),
        ("pgpassword", "wrong-password-77f3"),
        ("pguser", "nobody_of_this_name"),
        ("pgdatabase", "no_database_of_this_name"),
        ("pgsslmode", "require"),
    ];
    for (name, value) in cases {
        let server = Server::start(options.clone().variable(name, value)).await;
        let checks = not_ready(&server.anonymous().get("/readiness").send().await);
        assert_eq!(checks["database"], "unavailable", "{name}");
        assert_away(&server, name).await;
        let said = server.logs().text();
        for secret in ["wrong-password-77f3", postgres.password()] {
            assert!(!said.contains(secret), "{name}: a secret in {said}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_stopped_is_away_and_comes_back() {
    let postgres = PostgresServer::start_own();
    let options = Options::on_server(&postgres);
    postgres.stop();
    let server = Server::start(options).await;
    assert_away(&server, "not up yet").await;
    postgres.start();
    assert_back(&server).await;

    let client = server.client();
    let created = client.post(example::LIST, example::new()).send().await;
    let (path, entry) = (created.header("Location").expect("a location"), created.assert_json(201, "acknowledged"));
    for is_crash in [false, true] {
        if is_crash {
            postgres.crash()
        } else {
            postgres.stop()
        }
        assert_away(&server, "stopped").await;
        postgres.start();
        assert_back(&server).await;
        let there = client.get(path).send().await.assert_json(200, "an acknowledged write is kept");
        assert_eq!(there, entry);
    }
}

#[tokio::test]
async fn a_read_goes_on_over_another_connection_after_a_restart() {
    let postgres = PostgresServer::start_own();
    let server = Server::start(Options::on_server(&postgres)).await;
    let client = server.client();
    for round in 0..2 {
        client.get(example::LIST).send().await.assert_status(200, "a connection");
        postgres.stop();
        postgres.start();
        let reads = (0..20).map(|_| tokio::spawn(client.get(example::ONE).send())).collect::<Vec<_>>();
        for read in reads {
            read.await.unwrap().assert_status(200, &format!("round {round}: no caller notices"));
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_database_that_does_not_answer_is_away(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    server.wait_for("/readiness", 200, RECOVERY).await;
    let lock = server.options().database().lock().await;
    let request = server.client().post(example::LIST, example::new());
    assert_unavailable(&server, &request.send().await, "locked").await;
    lock.release().await;
    assert_back(&server).await;
    let entries = server.client().get(example::LIST).send().await.assert_json(200, "all");
    assert_eq!(entries.as_array().map(Vec::len), Some(example::DEMO_ENTRIES), "no write happens after its 503");
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_is_away() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let server = Server::start(Options::on(Postgres).variable("pgport", &port)).await;
    let start = Instant::now();
    assert_not_ready(&server, "silence").await;
    assert!(start.elapsed() < RECOVERY, "readiness after {:?}", start.elapsed());
    let answer = server.client().get(example::LIST).send().await;
    assert_unavailable(&server, &answer, "silence").await;
}

/// Checks that routes that need the store respond with 503, and that the others still work.
async fn assert_away(server: &Server, case: &str) {
    assert_not_ready(server, case).await;
    let client = server.client();
    let reads = [example::LIST, example::ONE].map(|path| client.get(path));
    let writes = [client.post(example::LIST, example::new()), client.delete(example::NONE)];
    let requests = reads.into_iter().chain(writes);
    let running: Vec<_> = requests.map(|request| tokio::spawn(request.send())).collect();
    for request in running {
        assert_unavailable(server, &request.await.unwrap(), case).await;
    }
    client.get("/health").send().await.assert_status(200, case);
    client.get("/hello_world").send().await.assert_status(200, case);
}

async fn assert_not_ready(server: &Server, case: &str) {
    let checks = not_ready(&server.anonymous().get("/readiness").send().await);
    assert_ne!(checks["database"], "ok", "{case}");
    assert_eq!((&checks["configuration"], &checks["api_key"]), (&json!("ok"), &json!("ok")), "{case}");
}

/// Checks for 503 with `Retry-After`, and for the reason in the log under the request's id.
async fn assert_unavailable(server: &Server, answer: &Answer, case: &str) {
    answer.assert_problem(503, "store-unavailable", case);
    let retry_after: Option<u32> = answer.header("Retry-After").and_then(|text| text.parse().ok());
    assert!(retry_after.is_some(), "{case}: {answer:?}");
    let request_id = answer.header("X-Request-Id").unwrap();
    server.logs().wait_for("the reason", |line| line.contains(request_id)).await;
}

async fn assert_back(server: &Server) {
    server.wait_for("/readiness", 200, RECOVERY).await;
    server.client().get(example::LIST).send().await.assert_status(200, "it is back");
}
