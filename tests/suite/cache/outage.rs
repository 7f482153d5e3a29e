//! The cache while Redis is down, and after its return.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use black_box::Engine::Postgres;
use black_box::{Options, RedisServer, Server, record};
use serde_json::json;

use super::{replicas, tocos};
use crate::metrics::{QUIET, scrape};

#[tokio::test]
async fn the_database_does_all_the_work_until_redis_is_back() {
    let redis = RedisServer::start_own();
    let [first, second] = replicas(&redis).await;
    assert_eq!(tocos(&first.client(), "Sam").await, 200);
    redis.stop();
    for value in 1..=5 {
        first.client().put("/tocos/Sam", json!({"tocos": value})).send().await.assert_status(200, "a write");
        assert_eq!(tocos(&second.client(), "Sam").await, value);
    }
    let is_warning =
        |line: &str| record(line).is_some_and(|record| record["level"] == "warn" && line.contains("cache"));
    first.logs().wait_for("a warning", is_warning).await;
    redis.start();
    // Also while one replica has not noticed yet that Redis is back.
    for value in 11..=60 {
        first.client().put("/tocos/Sam", json!({"tocos": value})).send().await.assert_status(200, "a write");
        assert_eq!(tocos(&second.client(), "Sam").await, value);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(tocos(&second.client(), "Sam").await, 60);
    tokio::time::sleep(QUIET).await;
    let errors = |operation| ("cache_errors_total", ("operation", operation));
    let (told, by_reader) = (scrape(&first).await, scrape(&second).await);
    let (name, label) = errors("write");
    assert!(told.sum(name, label) >= 5.0);
    let (name, label) = errors("read");
    assert!(by_reader.sum(name, label) >= 5.0);
    assert!(by_reader.sum("cache_reads_total", ("result", "hit")) > 0.0, "the cache is used again");
    assert!(!first.logs().text().contains(redis.password()), "no password in the log");
}

#[tokio::test]
async fn silence_costs_a_moment_and_not_every_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", silent.local_addr().unwrap());
    let options = Options::on(Postgres).variable("redis_address", &address).variable("cache_ttl", "1h");
    let server = Server::start(options).await;
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(tocos(&server.client(), "Sam").await, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let began = Instant::now();
    server.client().put("/tocos/Sam", json!({"tocos": 1})).send().await.assert_status(200, "a write");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}
