//! Slow and unread responses.

use std::time::{Duration, Instant};

use black_box::{Http2, Options};
use futures_util::future::join_all;

use super::{is_for_candidate, start};

/// Streams of a connection, each with an unread response.
const STREAMS: usize = 190;

/// With one response for each instance, these exceed the maximum of 1,000 instances.
const CONNECTIONS: usize = 7;

#[tokio::test]
async fn a_request_is_over_when_its_answer_has_gone_out() {
    let options = Options::guest().flag("--max-instance-reuse-count", "1");
    let server = start(options).await;
    // Longer than an idle instance is kept, and on the last request of its instance.
    let answer = server.client().get("/trickle?chunks=8&ms=200").send().await;
    answer.assert_status(200, "a slow answer");
    let expected: String = (0..8).map(|chunk| format!("chunk {chunk}\n")).collect();
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn a_trap_cuts_an_answer_off_and_its_length_says_so() {
    let server = start(Options::guest()).await;
    let client = server.client();
    let slow = tokio::spawn(client.get("/trickle?chunks=9&ms=300&length=72").try_send());
    tokio::time::sleep(Duration::from_millis(700)).await;
    client.get("/trap").send().await.assert_status(500, "a trap");
    assert!(slow.await.unwrap().is_err(), "a complete response");

    let whole = client.get("/trickle?chunks=9&ms=1&length=72").send().await;
    assert_eq!(whole.body.len(), 72, "without a trap");
}

#[tokio::test]
async fn an_answer_that_nobody_reads_keeps_its_instance_at_most_until_the_request_timeout() {
    let options = Options::guest().flag("--max-instance-concurrent-reuse-count", "1").flag("--request-timeout", "2s");
    let server = start(options).await;
    let began = Instant::now();
    let mut unread = Vec::new();
    for _ in 0..CONNECTIONS {
        let client = Http2::connect_without_reading(server.address()).await;
        let answers = join_all((0..STREAMS).map(|_| client.begin("GET", "/trickle?chunks=3", &[]))).await;
        unread.push((client, answers));
    }
    server.wait_for("/count", 200, Duration::from_secs(20)).await;
    // Spin 4.1 does not count such a response as a request of its instance.
    assert!(!is_for_candidate() || began.elapsed() >= Duration::from_secs(2), "free after {:?}", began.elapsed());
}
