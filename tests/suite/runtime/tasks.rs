//! Tasks that a request leaves behind when it has answered.

use std::time::{Duration, Instant};

use black_box::{Client, Options};
use tokio::time::sleep;

use super::{Guest, SURELY_GONE, SURELY_KEPT, start};

#[tokio::test]
async fn a_task_runs_on_in_an_idle_instance() {
    let server = start(Options::guest()).await;
    let client = server.client();
    let start = Instant::now();
    client.get("/spawn?ms=400").send().await.assert_status(200, "answered");
    assert!(start.elapsed() < Duration::from_millis(400), "before the task has ended");
    sleep(SURELY_GONE).await;
    assert_eq!(rows(&client).await, 1);
}

#[tokio::test]
async fn a_task_is_lost_with_its_instance_when_that_is_idle_for_too_long() {
    let server = start(Options::guest()).await;
    let client = server.client();
    client.get("/spawn?ms=2500").send().await.assert_status(200, "answered");
    sleep(Duration::from_millis(3500)).await;
    assert_eq!(rows(&client).await, 0);
}

#[tokio::test]
async fn a_task_lives_as_long_as_requests_keep_its_instance() {
    let server = start(Options::guest()).await;
    let client = server.client();
    client.get("/spawn?ms=2000").send().await.assert_status(200, "answered");
    for _ in 0..12 {
        sleep(Duration::from_millis(200)).await;
        client.get("/count").send().await.assert_status(200, "a request");
    }
    assert_eq!(rows(&client).await, 1);
}

#[tokio::test]
async fn a_task_is_lost_at_once_with_the_last_request_of_its_instance() {
    let options = Options::guest().flag("--max-instance-reuse-count", "1");
    let server = start(options).await;
    let client = server.client();
    client.get("/spawn?ms=300").send().await.assert_status(200, "answered");
    sleep(SURELY_GONE).await;
    assert_eq!(rows(&client).await, 0);
}

#[tokio::test]
async fn a_task_is_lost_with_a_trap() {
    let server = start(Options::guest()).await;
    let client = server.client();
    client.get("/spawn?ms=800").send().await.assert_status(200, "answered");
    sleep(SURELY_KEPT).await;
    client.get("/trap").send().await.assert_status(500, "a trap");
    sleep(SURELY_GONE).await;
    assert_eq!(rows(&client).await, 0);
}

async fn rows(client: &Client) -> i64 {
    let answer = client.get("/rows").send().await.assert_json_text();
    answer["rows"].as_i64().unwrap_or_else(|| panic!("{answer}"))
}
