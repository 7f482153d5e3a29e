//! The lifetime of an instance, and the requests that share it.

use std::collections::BTreeMap;

use black_box::{Client, Options};
use tokio::time::sleep;

use super::{Guest, IDLE_TIMEOUT, PACE, SURELY_GONE, SURELY_KEPT, count, instance, start};

/// The requests that one instance gets in its life, by default.
const REUSE: u64 = 128;
/// The requests that one instance gets at a time, by default.
const CONCURRENCY: usize = 16;

#[tokio::test]
async fn an_instance_gets_128_requests() {
    let server = start(Options::guest()).await;
    let client = server.client();
    let mut most = BTreeMap::new();
    // Two instances may take turns, so this is enough for one of them to get all of its requests.
    for _ in 0..3 * REUSE {
        let (id, requests) = count(&client).await;
        let seen = most.entry(id).or_insert(0);
        *seen = requests.max(*seen);
    }
    assert_eq!(most.values().max(), Some(&REUSE), "{most:?}");
    assert!(most.len() >= 3, "{most:?}");
}

#[tokio::test]
async fn an_instance_gets_as_many_requests_as_the_flag_says() {
    let options = Options::guest().flag("--max-instance-reuse-count", "1");
    let server = start(options).await;
    let client = server.client();
    let mut last = String::new();
    for _ in 0..10 {
        let (id, requests) = count(&client).await;
        assert_eq!(requests, 1);
        assert_ne!(id, last, "a new instance for each request");
        last = id;
    }
}

#[tokio::test]
async fn an_instance_gets_16_requests_at_a_time() {
    let server = start(Options::guest()).await;
    assert_eq!(most_at_a_time(&server.client(), CONCURRENCY + 1).await, CONCURRENCY);
}

#[tokio::test]
async fn an_instance_gets_as_many_requests_at_a_time_as_the_flag_says() {
    let options = Options::guest().flag("--max-instance-concurrent-reuse-count", "2");
    let server = start(options).await;
    assert_eq!(most_at_a_time(&server.client(), 6).await, 2);
}

#[tokio::test]
async fn requests_of_an_instance_can_wait_for_each_other() {
    let server = start(Options::guest()).await;
    let client = server.client();
    let running: Vec<_> = (0..64).map(|_| tokio::spawn(client.get("/turn?ms=20").send())).collect();
    for task in running {
        task.await.unwrap().assert_status(200, "its turn came");
    }
}

#[tokio::test]
async fn an_idle_instance_is_kept_for_a_second() {
    assert!(SURELY_KEPT < IDLE_TIMEOUT && IDLE_TIMEOUT < SURELY_GONE);
    let server = start(Options::guest()).await;
    let client = server.client();
    let (first, requests) = count(&client).await;
    sleep(SURELY_KEPT).await;
    assert_eq!(count(&client).await, (first.clone(), requests + 1), "kept");
    sleep(SURELY_GONE).await;
    let (second, requests) = count(&client).await;
    assert_ne!(second, first, "dropped");
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn an_idle_instance_is_kept_as_long_as_the_flag_says() {
    let options = Options::guest().flag("--idle-instance-timeout", "5s");
    let server = start(options).await;
    let client = server.client();
    let (first, _) = count(&client).await;
    sleep(SURELY_GONE).await;
    assert_eq!(count(&client).await.0, first, "kept");
}

#[tokio::test]
async fn a_trap_is_500_and_the_next_request_works() {
    let server = start(Options::guest()).await;
    let client = server.client();
    let (mut before, _) = count(&client).await;
    for _ in 0..3 {
        sleep(PACE).await;
        let answer = client.get("/trap").send().await;
        answer.assert_status(500, "a trap");
        assert!(answer.body.is_empty(), "{answer:?}");
        let (after, requests) = count(&client).await;
        assert_ne!(after, before, "a fresh instance");
        assert_eq!(requests, 1);
        before = after;
    }
    server.logs().wait_for("the reason", |line| line.contains("asked to trap")).await;
}

#[tokio::test]
async fn a_trap_takes_every_request_of_its_instance() {
    let server = start(Options::guest()).await;
    let client = server.client();
    let mut sleeping = Vec::new();
    for _ in 0..4 {
        sleeping.push(start_sleeping(&client, 8_000));
        // One after the other, they share an instance.
        sleep(PACE).await;
    }
    client.get("/trap").send().await.assert_status(500, "the trap");
    for task in sleeping {
        task.await.unwrap().assert_status(500, "a neighbour of the trap");
    }
    client.get("/count").send().await.assert_status(200, "a fresh instance");
}

/// Starts slow requests one after the other. Returns the largest number that shared an instance.
async fn most_at_a_time(client: &Client, requests: usize) -> usize {
    let mut running = Vec::new();
    for _ in 0..requests {
        running.push(start_sleeping(client, 3_000));
        sleep(PACE).await;
    }
    let mut counts = BTreeMap::new();
    for task in running {
        let id = instance(&task.await.unwrap().assert_json_text());
        *counts.entry(id).or_insert(0) += 1;
    }
    counts.into_values().max().unwrap_or_default()
}

fn start_sleeping(client: &Client, milliseconds: u32) -> tokio::task::JoinHandle<black_box::Answer> {
    let request = client.get(&format!("/sleep?ms={milliseconds}"));
    tokio::spawn(request.send())
}
