//! Slow clients at one address: nginx bounds what they hold, and still serves other addresses.

use std::time::Duration;

use black_box::{Nginx, Options, Raw, Server, open_files};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep};

use super::address;

/// More connections than two nginx workers of the default size can hold.
const HALF_SENT: usize = 2100;

/// `limit_conn` of the configuration.
const IN_PROGRESS: usize = 100;

/// Number of responses, and bytes of each: more than nginx and the system can buffer.
const MANY_ANSWERS: usize = 32;
const LONG_ANSWER: usize = 200_000;

/// `send_timeout` of the configuration, in seconds.
const SEND_TIMEOUT: f64 = 10.0;

/// Maximum wait for a state, longer than each of nginx's timeouts.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts nginx without a replica. Requests that nginx forwards get 502.
async fn nginx() -> Nginx {
    Nginx::start(&["127.0.0.1:9".parse().unwrap()]).await
}

/// Opens connections from 127.0.0.1 that send only this.
async fn stalled(nginx: &Nginx, count: usize, start: &str) -> Vec<Raw> {
    let mut connections = Vec::new();
    for _ in 0..count {
        let mut connection = Raw::connect(nginx.address()).await;
        connection.write(start.as_bytes()).await.expect("nginx takes the start of a request");
        connections.push(connection);
    }
    connections
}

/// Waits until a line of nginx's log contains this.
async fn wait_for_line(nginx: &Nginx, part: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !nginx.logs().lines().iter().any(|line| line.contains(part)) {
        assert!(Instant::now() < deadline, "no line has {part}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn half_sent_heads_of_one_address_lock_nobody_out() {
    open_files::at_least(HALF_SENT as u64 + 200);
    let nginx = nginx().await;
    let mut connections = stalled(&nginx, HALF_SENT, "GET /hello_world HTTP/1.1\r\nHost: localhost\r\nX-A: a").await;
    for number in 1..=20 {
        nginx.client(address(number), None).get("/hello_world").await.assert_status(502, "another address");
    }
    let last = connections.pop().unwrap().read_bytes();
    let received = tokio::time::timeout(PATIENCE, last).await.expect("nginx closes the connection");
    assert_eq!(String::from_utf8_lossy(&received), "", "an incomplete head gets no response");
}

#[tokio::test]
async fn slow_bodies_of_one_address_are_bounded() {
    let nginx = nginx().await;
    let start = "PUT /things/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n{";
    let connections = stalled(&nginx, IN_PROGRESS + 1, start).await;
    wait_for_line(&nginx, "\"status\":429").await;
    let refused = nginx.client([127, 0, 0, 1], None).get("/hello_world").await;
    refused.assert_problem(429, "rate-limited", "one more request of this address");
    nginx.client(address(1), None).get("/hello_world").await.assert_status(502, "another address");
    drop(connections);
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_taken_from_the_replica() {
    let server = Server::start(Options::api()).await;
    let nginx = Nginx::start(&[server.address()]).await;
    let page = server.anonymous().get("/docs").send().await;
    let assets = page.text().split('"').filter(|text| text.starts_with("/docs/assets/"));
    let mut long = None;
    for asset in assets {
        let is_long = server.anonymous().get(asset).send().await.body.len() > LONG_ANSWER;
        long = long.or(is_long.then(|| asset.to_owned()));
    }
    let asset = long.expect("a long answer");

    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stalled = socket.connect(nginx.address()).await.unwrap();
    // More than the buffers of the system hold.
    let head = format!("GET {asset} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: unread\r\n\r\n");
    stalled.write_all(head.repeat(MANY_ANSWERS).as_bytes()).await.unwrap();
    // nginx writes its line when it gives up the client.
    let is_stalled = |line: &Value| line["duration_s"].as_f64().is_some_and(|seconds| seconds >= SEND_TIMEOUT - 1.0);
    let deadline = Instant::now() + 2 * PATIENCE;
    let line = loop {
        if let Some(line) = nginx.logs().records().into_iter().find(is_stalled) {
            break line;
        }
        assert!(Instant::now() < deadline, "nginx does not give the client up: {}", nginx.logs().text());
        sleep(Duration::from_millis(100)).await;
    };
    let replica: f64 = line["upstream_response_s"].as_str().unwrap().parse().unwrap();
    assert!(line["request_id"] == "unread" && replica < SEND_TIMEOUT / 2.0, "the replica was held up: {line}");
    drop(stalled);
}
