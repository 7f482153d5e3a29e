//! The limiter while Redis is unavailable.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use black_box::{Answer, Options, RedisServer, Server, record};

use super::state;

/// Maximum time from the server's return to the first counted request.
const RECOVERY: Duration = Duration::from_secs(3);

#[tokio::test]
async fn open_it_passes_all_and_counts_again_when_redis_is_back() {
    let redis = RedisServer::start_own();
    let server = Server::start(Options::api().redis(&redis).variable("rate_limit", "100/24h")).await;
    assert_eq!(state(&ask(&server).await).0, 99);
    redis.stop();
    for _ in 0..10 {
        let answer = ask(&server).await;
        assert_eq!(answer.assert_status(200, "open").header("RateLimit"), None, "the rest of the quota is unknown");
    }
    let warning =
        |line: &str| record(line).is_some_and(|record| record["level"] == "warn" && line.contains("uncounted"));
    server.logs().wait_for("a warning", warning).await;
    redis.start();
    wait_until_counted(&server).await;
    tokio::time::sleep(crate::metrics::QUIET).await;
    let told = crate::metrics::scrape(&server).await;
    assert!(told.sum("rate_limiter_errors_total", ("outcome", "passed")) >= 10.0);
    assert!(!server.logs().text().contains(redis.password()), "no password in the log");
}

#[tokio::test]
async fn closed_it_refuses_all_until_redis_is_back() {
    let redis = RedisServer::start_own();
    let options = Options::api().redis(&redis).variable("rate_limit", "100/24h");
    let server = Server::start(options.variable("rate_limit_on_error", "closed")).await;
    redis.stop();
    let answer = ask(&server).await;
    answer.assert_problem(503, "rate-limiter-unavailable", "closed");
    assert!(answer.header("Retry-After").is_some(), "{answer:?}");
    redis.start();
    wait_until_counted(&server).await;
}

#[tokio::test]
async fn a_connection_that_was_lost_is_noticed_by_nobody() {
    let redis = RedisServer::start_own();
    let options = Options::api().redis(&redis).variable("rate_limit", "100/24h");
    let server = Server::start(options.variable("rate_limit_on_error", "closed")).await;
    for _ in 0..3 {
        assert_eq!(state(ask(&server).await.assert_status(200, "counted")).0, 99, "a restart loses the counts");
        redis.stop();
        redis.start();
    }
}

#[tokio::test]
async fn silence_and_a_wrong_password_are_an_outage() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", silent.local_addr().unwrap());
    let redis = RedisServer::shared();
    let options =
        Options::api().redis(&redis).variable("rate_limit", "1/24h").variable("rate_limit_on_error", "closed");
    let wrong = "wrong:p@ss/word?%é";
    let broken = [options.clone().variable("redis_address", &address), options.variable("redis_password", wrong)];
    for options in broken {
        let server = Server::start(options).await;
        for _ in 0..3 {
            let began = Instant::now();
            ask(&server).await.assert_problem(503, "rate-limiter-unavailable", "broken");
            assert!(began.elapsed() < Duration::from_secs(2), "after {:?}", began.elapsed());
        }
        let said = server.logs().text();
        assert!(!said.contains("p@ss") && !said.contains("p%40ss"), "{said}");
    }
}

async fn ask(server: &Server) -> Answer {
    server.client().get("/hello_world").send().await
}

async fn wait_until_counted(server: &Server) {
    let deadline = Instant::now() + RECOVERY;
    while ask(server).await.header("RateLimit").is_none() {
        assert!(Instant::now() < deadline, "no request is counted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
