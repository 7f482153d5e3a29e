//! Responses that the client does not read.

use black_box::{Http2, Options, Server, repository};
use futures_util::future::join_all;

/// Slightly fewer streams than a connection allows at a time.
const STREAMS: usize = 190;

/// With one response for each instance, these exceed the maximum of 1,000 instances.
const CONNECTIONS: usize = 7;

#[tokio::test]
async fn an_answer_that_nobody_reads_keeps_no_instance() {
    if repository::serves_by_spin() {
        return;
    }
    let options = Options::api().flag("--max-instance-concurrent-reuse-count", "1");
    let server = Server::start(options).await;
    let mut unread = Vec::new();
    for _ in 0..CONNECTIONS {
        let client = Http2::connect_without_reading(server.address()).await;
        let answers = join_all((0..STREAMS).map(|_| client.begin("GET", "/health", &[]))).await;
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("the head of an answer")).collect();
        assert!(answers.iter().all(|answer| answer.status() == 200), "{answers:?}");
        unread.push((client, answers));
    }
    server.client().get("/health").send().await.assert_status(200, "another client");
}
