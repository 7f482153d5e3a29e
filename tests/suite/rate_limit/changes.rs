//! Buckets that were filled under another limit or another clock.

use std::time::Duration;

use black_box::{Options, RedisServer, Server};
use rstest::rstest;

/// The store of the limiter's buckets.
#[derive(Clone, Copy, Debug)]
enum Limiter {
    Sqlite,
    Redis,
}

fn options(limiter: Limiter) -> Options {
    match limiter {
        Limiter::Sqlite => Options::api(),
        Limiter::Redis => Options::api().redis(&RedisServer::shared()),
    }
}

/// Panics unless the same request passes after `Retry-After`.
async fn assert_retry_after_is_true(server: &Server) {
    let refused = server.client().get("/hello_world").send().await;
    refused.assert_problem(429, "rate-limited", "used up");
    let retry_after: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    assert!(retry_after <= 2, "{refused:?}");
    tokio::time::sleep(Duration::from_secs(retry_after)).await;
    server.client().get("/hello_world").send().await.assert_status(200, "after Retry-After");
}

#[rstest]
#[tokio::test]
async fn after_a_change_of_the_limit_retry_after_is_true(#[values(Limiter::Sqlite, Limiter::Redis)] limiter: Limiter) {
    let options = options(limiter);
    let strict = Server::start(options.clone().variable("rate_limit", "2/24h")).await;
    for status in [200, 200, 429] {
        strict.client().get("/hello_world").send().await.assert_status(status, "2/24h");
    }
    drop(strict);
    let loose = Server::start(options.variable("rate_limit", "60/60s")).await;
    assert_retry_after_is_true(&loose).await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_refuses_for_no_longer_than_a_window() {
    let server = Server::start(Options::api().variable("rate_limit", "2/2s")).await;
    for _ in 0..2 {
        server.client().get("/hello_world").send().await;
    }
    let an_hour =
        "UPDATE rate_limit_buckets SET arrival = arrival + 3600000000000, taken_at = taken_at + 3600000000000";
    server.options().database().execute(an_hour).await.unwrap();
    assert_retry_after_is_true(&server).await;
}
