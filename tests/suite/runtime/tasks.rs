//! Tasks that run on after the response to their request.

use std::time::{Duration, Instant};

use black_box::{Client, Options, repository};
use tokio::time::sleep;

use super::{Guest, PACE, SURELY_GONE, SURELY_KEPT, count, is_for_candidate, start};

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
async fn a_task_keeps_its_instance_unless_it_is_for_the_candidate() {
    let server = start(Options::guest()).await;
    let client = server.client();
    client.get("/spawn?ms=2500").send().await.assert_status(200, "answered");
    sleep(Duration::from_millis(3500)).await;
    assert_eq!(rows(&client).await, i64::from(!is_for_candidate()));
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
async fn a_task_keeps_its_instance_after_the_last_request_unless_it_is_for_the_candidate() {
    let options = Options::guest().flag("--max-instance-reuse-count", "1");
    let server = start(options).await;
    let client = server.client();
    client.get("/spawn?ms=300").send().await.assert_status(200, "answered");
    sleep(SURELY_GONE).await;
    assert_eq!(rows(&client).await, i64::from(!is_for_candidate()));
}

#[tokio::test]
async fn like_spin_4_1_the_candidate_gets_an_instance_for_each_request_which_its_tasks_keep() {
    if repository::serves_by_spin() || !is_for_candidate() {
        return;
    }
    let server = start(Options::guest().flag("--like-spin", "4.1")).await;
    let client = server.client();
    let (first, _) = count(&client).await;
    sleep(PACE).await;
    let (second, requests) = count(&client).await;
    assert_ne!(second, first);
    assert_eq!(requests, 1);
    client.get("/spawn?ms=2500").send().await.assert_status(200, "answered");
    sleep(Duration::from_millis(3500)).await;
    assert_eq!(rows(&client).await, 1);
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
