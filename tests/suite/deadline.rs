//! A request that takes too long is given up.

use std::time::{Duration, Instant};

use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::json;

const TIMEOUT: Duration = Duration::from_secs(1);

/// How much later than the deadline the answer may come, on a busy machine.
const SLACK: Duration = Duration::from_millis(1500);

#[rstest]
#[tokio::test]
async fn a_write_that_waits_for_a_lock_is_given_up(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let options = Options::on(engine).variable("request_timeout", "1s");
    let server = Server::start(options.clone()).await;
    server.client().get("/tocos").send().await.assert_status(200, "before");
    let lock = options.database().lock().await;
    let began = Instant::now();
    let answer = server.client().put("/tocos/John", json!({"tocos": 1})).send().await;
    let took = began.elapsed();
    answer.assert_problem(504, "timed-out", "a write behind a lock");
    assert!((TIMEOUT..TIMEOUT + SLACK).contains(&took), "{took:?}");
    server.client().get("/hello_world").send().await.assert_status(200, "the instance goes on");
    lock.release().await;
    server.client().put("/tocos/John", json!({"tocos": 2})).send().await.assert_status(200, "after");
    let metrics = server.anonymous().get("/metrics").send().await;
    let counted = r#"http_requests_total{endpoint="/tocos/{user}",method="PUT",status="504"} 1"#;
    assert!(metrics.text().contains(counted), "{}", metrics.text());
}
