//! Limits that the runtime enforces before a request reaches the component.

use black_box::{Answer, Http2, Options, Raw, Server};

/// Longest target of a request, in bytes. The runtime's HTTP library sets it.
const LONGEST_TARGET: usize = 65_534;

/// Maximum number of headers of a request.
const MOST_HEADERS: usize = 100;

/// Size of headers that exceeds the limit, in bytes.
const TOO_MANY_BYTES: usize = 1024 * 1024;

/// Longest path in a log line, in bytes: 1024 bytes and the mark of a cut.
const LONGEST_LOGGED_PATH: usize = 1024 + '…'.len_utf8();

async fn ask(server: &Server, target: &str, headers: &str) -> Answer {
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    Raw::exchange(server.address(), &head).await
}

#[tokio::test]
async fn a_url_and_headers_are_bounded() {
    let server = Server::start(Options::api()).await;
    let target = |length: usize| format!("/{}", "a".repeat(length - 1));
    ask(&server, &target(LONGEST_TARGET), "").await.assert_status(404, "the longest target");
    ask(&server, &target(LONGEST_TARGET + 1), "").await.assert_status(414, "one byte more");

    let headers = |count: usize| (2..count).map(|number| format!("X-{number}: a\r\n")).collect::<String>();
    ask(&server, "/health", &headers(MOST_HEADERS)).await.assert_status(200, "the most headers");
    ask(&server, "/health", &headers(MOST_HEADERS + 1)).await.assert_status(431, "one more");
    server.client().get("/hello_world").send().await.assert_status(200, "later requests succeed");
}

#[tokio::test]
async fn headers_together_are_bounded() {
    let server = Server::start(Options::api()).await;
    let mut connection = Raw::connect(server.address()).await;
    let head = format!("GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: {}\r\n\r\n", "a".repeat(TOO_MANY_BYTES));
    // The server may close the connection before it has read everything.
    let _ = connection.write(head.as_bytes()).await;
    let received = String::from_utf8_lossy(&connection.read_bytes().await).into_owned();
    assert!(received.is_empty() || received.starts_with("HTTP/1.1 431 "), "{received}");
    server.client().get("/health").send().await.assert_status(200, "later requests succeed");
}

#[tokio::test]
async fn the_bound_of_a_head_can_be_set() {
    let server = Server::start(Options::api().flag("--http1-max-buf-size", "8192")).await;
    let header = |length: usize| format!("X-A: {}\r\n", "a".repeat(length));
    ask(&server, "/health", &header(8_000)).await.assert_status(200, "less than 8 KiB");
    // hyper checks the limit after it has parsed the bytes of a read, and one read may exceed the limit a little.
    ask(&server, "/health", &header(3 * 8_192)).await.assert_status(431, "more than 8 KiB");
}

#[tokio::test]
async fn headers_of_http_2_together_are_bounded() {
    let server = Server::start(Options::api()).await;
    let client = Http2::connect(server.address()).await;
    let answer = async |length: usize| client.exchange("GET", "/health", &[("x-a", &"a".repeat(length))]).await;
    answer(15_000).await.unwrap().assert_status(200, "less than 16 KiB");
    answer(16_384).await.unwrap().assert_status(431, "more than 16 KiB");
}

#[tokio::test]
async fn a_long_path_is_shortened_in_the_log() {
    let server = Server::start(Options::api()).await;
    ask(&server, &format!("/{}", "b".repeat(LONGEST_TARGET - 1)), "").await.assert_status(404, "long");
    let logs = server.logs();
    logs.wait_for("the request", |line| line.contains("/bbb")).await;
    let records = logs.records();
    let paths: Vec<_> = records.iter().filter_map(|record| record["path"].as_str()).collect();
    assert!(paths.iter().all(|path| path.len() <= LONGEST_LOGGED_PATH), "{:?}", paths.iter().map(|path| path.len()));
    assert!(paths.iter().any(|path| path.len() == LONGEST_LOGGED_PATH && path.ends_with('…')));
}
