//! `tocos_users` and `tocos_total`: correct after every kind of write, for any sum, and cheap for any number of users.

use std::time::{Duration, Instant};

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Database, Engine, Options, PostgresServer, Server, lint};
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinSet;

use super::{QUIET, scrape};

/// 2^53 - 1. An `i64` holds 1,024 times this number.
const MOST: u64 = 9_007_199_254_740_991;

#[rstest]
#[tokio::test]
async fn more_tocos_than_64_bits_hold_are_summed_exactly(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    scrape(&server).await;
    let (database, client) = (server.options().database(), server.client());
    let rich = format!(
        "WITH RECURSIVE numbers (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < 1024)
        INSERT INTO users (name, tocos, incarnation) SELECT 'rich-' || number, {MOST}, number FROM numbers"
    );
    database.execute(&rich).await.unwrap();
    assert_told(&server, 3 + 1025, 600 + 1025 * i128::from(MOST)).await;

    client.put("/tocos/richest", json!({"tocos": MOST})).send().await.assert_status(201, "one more");
    client.delete("/tocos/rich-0").send().await.assert_status(204, "one less");
    client.put("/tocos/rich-1", json!({"tocos": MOST - 7})).send().await.assert_status(200, "less");
    assert_told(&server, 3 + 1025, 600 + 1025 * i128::from(MOST) - 7).await;
    database.execute("DELETE FROM users WHERE name LIKE 'rich%'").await.unwrap();
    assert_told(&server, 3, 600).await;
}

#[tokio::test]
async fn totals_are_those_of_the_moment() {
    let server = Server::start(Options::api()).await;
    let told = scrape(&server).await;
    assert_eq!((told.sum("tocos_users", ("", "")), told.sum("tocos_total", ("", ""))), (3.0, 600.0));
    server.client().delete("/tocos/Sam").send().await.assert_status(204, "Sam");
    let told = scrape(&server).await;
    assert_eq!((told.sum("tocos_users", ("", "")), told.sum("tocos_total", ("", ""))), (2.0, 400.0));
}

#[tokio::test]
async fn without_the_database_there_are_none() {
    let postgres = PostgresServer::start_own();
    let server = Server::start(Options::on_server(&postgres)).await;
    assert_told(&server, 3, 600).await;
    postgres.stop();
    let told = scrape(&server).await;
    assert_eq!(told.of("tocos_users").count() + told.of("tocos_total").count(), 0, "unknown totals");
    postgres.start();
    server.wait_for("/readiness", 200, Duration::from_secs(5)).await;
    assert_told(&server, 3, 600).await;
}

#[rstest]
#[case::reused("100", 1.0)]
#[case::one_for_each_request("1", 6.0)]
#[tokio::test]
async fn instances_that_the_runtime_starts_are_counted(#[case] reuse: &str, #[case] expected: f64) {
    let options = Options::api().flag("--max-instance-reuse-count", reuse).variable("max_instance_reuse_count", reuse);
    let server = Server::start(options).await;
    let before = scrape(&server).await.sum("instances_total", ("", ""));
    for _ in 0..5 {
        server.client().get("/hello_world").send().await.assert_status(200, "a request");
    }
    let after = scrape(&server).await.sum("instances_total", ("", ""));
    assert!((after - before) <= expected && after - before >= expected - 1.0, "{before} and then {after}");
}

#[tokio::test]
async fn every_outcome_of_a_transfer_is_counted_once() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    for (from, to, amount, status, times) in [
        ("Sam", "Cem", 1, 201, 3),
        ("Sam", "Cem", 1_000_000, 409, 2),
        ("Sam", "Nobody", 1, 404, 1),
        ("Sam", "Cem", 0, 422, 1),
    ] {
        for _ in 0..times {
            let body = json!({"from": from, "to": to, "amount": amount});
            client.post("/transfers", body).send().await.assert_status(status, to);
        }
    }
    tokio::time::sleep(QUIET).await;
    let told = scrape(&server).await;
    for (outcome, count) in [("done", 3.0), ("not_enough", 2.0), ("unknown_user", 1.0)] {
        assert_eq!(told.sum("transfers_total", ("outcome", outcome)), count, "{outcome}");
    }
    assert_eq!(told.sum("store_operation_duration_seconds_count", ("operation", "transfer")), 6.0);
}

#[rstest]
#[tokio::test]
async fn every_kind_of_write_is_counted_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for (method, path, body, status, users, tocos) in [
        ("POST", "/tocos", json!({"user": "Nina", "tocos": 5}), 201, 4, 605),
        ("POST", "/tocos", json!({"user": "Nina", "tocos": 7}), 409, 4, 605),
        ("PUT", "/tocos/Nina", json!({"tocos": 9}), 200, 4, 609),
        ("PUT", "/tocos/Nina", json!({"tocos": 9}), 200, 4, 609),
        ("PUT", "/tocos/Nils", json!({"tocos": 1}), 201, 5, 610),
        ("POST", "/transfers", json!({"from": "Sam", "to": "Nina", "amount": 100}), 201, 5, 610),
        ("POST", "/transfers", json!({"from": "Sam", "to": "Nina", "amount": 101}), 409, 5, 610),
        ("POST", "/transfers", json!({"from": "Nina", "to": "Sam", "amount": 9}), 201, 5, 610),
        ("DELETE", "/tocos/Nina", json!(null), 204, 4, 510),
        ("DELETE", "/tocos/Nina", json!(null), 404, 4, 510),
    ] {
        let case = format!("{method} {path} {body}");
        client.request(method, path).json(body).send().await.assert_status(status, &case);
        assert_told(&server, users, tocos).await;
    }
    for (name, value) in [("If-Match", "\"x\""), ("If-None-Match", "*")] {
        let refused = client.put("/tocos/Sam", json!({"tocos": 1})).header(name, value).send().await;
        refused.assert_status(412, name);
    }
    let database = server.options().database();
    database.execute("UPDATE users SET tocos = tocos + 1, revision = revision + 1").await.unwrap();
    assert_told(&server, 4, 514).await;
    let empty = if engine == Postgres { "TRUNCATE users" } else { "DELETE FROM users" };
    database.execute(empty).await.unwrap();
    assert_told(&server, 0, 0).await;
}

#[rstest]
#[tokio::test]
async fn writes_at_once_are_all_counted(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let mut writing = JoinSet::new();
    for writer in 0..8_u64 {
        writing.spawn(write(server.client(), writer));
    }
    writing.join_all().await;
    let database = server.options().database();
    let users = database.number("SELECT count(*) FROM users").await;
    let tocos = database.number(sum(&database)).await;
    assert_told(&server, users, tocos.into()).await;
}

#[tokio::test]
async fn a_scrape_reads_no_users() {
    let server = Server::start(Options::on(Postgres)).await;
    scrape(&server).await;
    // The lock prevents every read of users.
    let lock = server.options().database().lock().await;
    let began = Instant::now();
    assert_told(&server, 3, 600).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    lock.release().await;
}

/// Adds, changes and removes users, and makes transfers.
async fn write(client: Client, writer: u64) {
    for number in 0..20_u64 {
        let path = format!("/tocos/user-{}", (writer + number) % 10);
        let body = json!({"tocos": writer * 1000 + number});
        assert!(client.put(&path, body).send().await.status < 300);
        let transfer = json!({"from": "Sam", "to": if number % 2 == 0 { "John" } else { "Cem" }, "amount": 1});
        client.post("/transfers", transfer).send().await.assert_status(201, "a transfer");
        if number % 3 == 0 {
            let status = client.delete(&path).send().await.status;
            assert!([204, 404].contains(&status), "{status}");
        }
    }
}

fn sum(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => "SELECT sum(tocos) FROM users",
        Database::Postgres(_) => "SELECT sum(tocos)::bigint FROM users",
    }
}

/// Compares text, because a float of 64 bits would round the digits.
async fn assert_told(server: &Server, users: i64, tocos: i128) {
    let answer = server.anonymous().get("/metrics").send().await;
    let text = answer.assert_status(200, "/metrics").text();
    for expected in [format!("tocos_users {users}"), format!("tocos_total {tocos}")] {
        assert!(text.lines().any(|line| line == expected), "no {expected} in {text}");
    }
    lint(text).unwrap();
}
