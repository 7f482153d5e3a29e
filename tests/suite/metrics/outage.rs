//! Metrics while a database is unavailable, locked or full.

use std::fs;
use std::time::{Duration, Instant};

use black_box::{Exposition, Options, PostgresServer, Raw, Server, StateDir, example};

use super::{QUIET, scrape};

/// Maximum time of a last response: 100 ms for the flush, and a margin for a busy machine. SQLite waits 5 s for a lock.
const LAST_RESPONSE: Duration = Duration::from_millis(100 + 1900);

/// Maximum time of a scrape: 1 s for each of its three parts, and a margin for a busy machine.
const SCRAPE: Duration = Duration::from_millis(3000 + 1500);

/// Fails every write of counts with SQLite's message for a full disk.
const FILL: &str = "CREATE TRIGGER full BEFORE INSERT ON metrics
    BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";

fn hellos(told: &Exposition) -> f64 {
    told.sum("http_requests_total", ("endpoint", "/hello_world"))
}

fn is_up(told: &Exposition) -> bool {
    told.sum("metric_store_up", ("", "")) == 1.0
}

async fn say_hello(server: &Server, times: usize) {
    let client = server.client();
    for _ in 0..times {
        client.get("/hello_world").send().await.assert_status(200, "hello");
    }
}

/// Scrapes, and closes the connection before the response.
async fn cancel_a_scrape(server: &Server) {
    let mut connection = Raw::connect(server.address()).await;
    connection.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(!connection.receives_within(Duration::from_millis(300)).await, "a response while the file is locked");
}

#[tokio::test]
async fn the_last_response_of_an_instance_does_not_wait_for_a_lock() {
    let options = Options::api().flag("--max-instance-reuse-count", "1").variable("max_instance_reuse_count", "1");
    let server = Server::start(options).await;
    say_hello(&server, 1).await;
    let before = hellos(&scrape(&server).await);
    let lock = server.options().database().lock().await;
    for path in ["/health", "/hello_world"] {
        let began = Instant::now();
        server.client().get(path).send().await.assert_status(200, path);
        assert!(began.elapsed() < LAST_RESPONSE, "{path} took {:?}", began.elapsed());
    }
    lock.release().await;
    tokio::time::sleep(QUIET).await;
    let told = hellos(&scrape(&server).await);
    assert!((before..=2.0).contains(&told), "counts may be lost, but never counted twice: {told}");
}

#[tokio::test]
async fn a_scrape_of_a_locked_file_exposes_the_stored_counts() {
    let server = Server::start(Options::api()).await;
    say_hello(&server, 3).await;
    tokio::time::sleep(QUIET).await;
    assert!(is_up(&scrape(&server).await));

    let lock = server.options().database().lock().await;
    say_hello(&server, 2).await;
    let began = Instant::now();
    let told = scrape(&server).await;
    assert!(began.elapsed() < SCRAPE, "{:?}", began.elapsed());
    assert!(!is_up(&told));
    assert_eq!(hellos(&told), 3.0);
    lock.release().await;
    tokio::time::sleep(QUIET).await;
    let told = scrape(&server).await;
    assert!(is_up(&told));
    assert_eq!(hellos(&told), 5.0);
}

#[tokio::test]
async fn a_cancelled_scrape_loses_no_counts() {
    let server = Server::start(Options::api()).await;
    say_hello(&server, 1).await;
    tokio::time::sleep(QUIET).await;
    let lock = server.options().database().lock().await;
    for _ in 0..3 {
        say_hello(&server, 2).await;
        cancel_a_scrape(&server).await;
    }
    lock.release().await;
    tokio::time::sleep(QUIET).await;
    assert_eq!(hellos(&scrape(&server).await), 7.0);
}

#[tokio::test]
async fn a_scrape_of_a_full_disk_exposes_the_stored_counts() {
    let server = Server::start(Options::api()).await;
    say_hello(&server, 3).await;
    tokio::time::sleep(QUIET).await;
    let database = server.options().database();
    assert_eq!(hellos(&scrape(&server).await), 3.0);

    database.execute(FILL).await.unwrap();
    say_hello(&server, 2).await;
    let told = scrape(&server).await;
    assert!(!is_up(&told));
    assert_eq!(hellos(&told), 3.0);
    server
        .logs()
        .wait_for("the reason", |line| line.contains("metrics could not be kept") && line.contains("full"))
        .await;

    database.execute("DROP TRIGGER full").await.unwrap();
    let told = scrape(&server).await;
    assert!(is_up(&told));
    // The instance with the two pending counts may have ended.
    assert!((3.0..=5.0).contains(&hellos(&told)), "{}", hellos(&told));
}

#[tokio::test]
async fn a_scrape_without_a_file_exposes_the_gauges() {
    let state = StateDir::new();
    fs::create_dir(state.database()).unwrap();
    let server = Server::start(Options::api().state(&state)).await;
    let told = scrape(&server).await;
    assert!(!is_up(&told));
    assert_eq!(told.of("mini_api_info").count(), 1);
    assert_eq!(told.of("http_requests_total").count(), 0, "a counter must not decrease to 0");
    fs::remove_dir(state.database()).unwrap();
    assert!(is_up(&scrape(&server).await));
}

#[tokio::test]
async fn without_the_database_the_rest_is_told() {
    let postgres = PostgresServer::start_own();
    let server = Server::start(Options::on_server(&postgres)).await;
    server.client().get(example::ONE).send().await.assert_status(200, "before");
    assert_eq!(scrape(&server).await.sum("store_errors_total", ("operation", example::GET)), 0.0);

    postgres.stop();
    server.client().get(example::ONE).send().await.assert_status(503, "the database is down");
    // The scrape may reach another instance than the one that has counted.
    tokio::time::sleep(QUIET).await;
    assert_eq!(scrape(&server).await.sum("store_errors_total", ("operation", example::GET)), 1.0);

    postgres.start();
    server.wait_for("/readiness", 200, Duration::from_secs(5)).await;
}
