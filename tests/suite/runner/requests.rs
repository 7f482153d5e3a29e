//! Requests that Spin drops without a response, or rejects with 500.

use std::time::Duration;

use black_box::{API_KEY, Answer, Http2, Nginx, Options, Raw, Server, example, repository};
use serde_json::json;

/// Fields that the API reads, and one that it does not.
const FIELDS: [&str; 16] = [
    "Accept",
    "Accept-Encoding",
    "Access-Control-Request-Method",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Origin",
    "Traceparent",
    "User-Agent",
    "X-API-KEY",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Request-Id",
    "X-Else",
];

#[tokio::test]
async fn without_a_valid_host_is_400() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::api()).await;
    for (target, hosts) in [
        ("/health", ""),
        ("/health", "Host: \r\n"),
        ("/health", "Host: a b\r\n"),
        ("/health", "Host: user@localhost\r\n"),
        ("/health", "Host: localhost\r\nHost: localhost\r\n"),
        ("/nope", ""),
        ("/.well-known/spin/health", ""),
        ("http://localhost/health", ""),
    ] {
        let answer = exchange(&server, &format!("GET {target} HTTP/1.1\r\n{hosts}")).await;
        answer.assert_status(400, &format!("{target} {hosts:?}"));
    }
}

#[tokio::test]
async fn http_1_0_needs_no_host() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::api()).await;
    exchange(&server, "GET /health HTTP/1.0\r\n").await.assert_status(200, "as HAProxy checks");
}

#[tokio::test]
async fn the_authority_of_the_target_counts_and_not_the_host() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::guest()).await;
    let head = "GET http://a.example.com/headers HTTP/1.1\r\nHost: b.example.com\r\n";
    let seen = exchange(&server, head).await.assert_status(200, "an absolute target").json();
    assert_eq!(seen["uri"], "http://a.example.com/headers", "{seen}");
    let headers = seen["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["host", "a.example.com"])), "{seen}");
    assert!(headers.contains(&json!(["spin-full-url", "http://a.example.com/headers"])), "{seen}");
}

#[tokio::test]
async fn another_transfer_coding_than_chunked_is_501() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::api()).await;
    for codings in ["gzip, chunked", "gzip\r\nTransfer-Encoding: chunked", "chunked, chunked"] {
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: {codings}\r\nConnection: close\r\n\r\n\
             {:x}\r\n{}\r\n0\r\n\r\n",
            example::LIST,
            example::NEW.len(),
            example::NEW
        );
        Raw::exchange(server.address(), &head).await.assert_status(501, codings);
    }
    let entries = server.client().get(example::LIST).send().await.assert_json(200, "all");
    assert_eq!(entries.as_array().map(Vec::len), Some(example::DEMO_ENTRIES), "nothing was created");
}

#[tokio::test]
async fn a_client_that_sends_no_more_gets_its_answer() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::guest()).await;
    let mut connection = Raw::connect(server.address()).await;
    connection.write(b"GET /sleep?ms=300 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    connection.shut_down().await;
    connection.read_to_end().await.assert_status(200, "half closed");
}

#[tokio::test]
async fn a_byte_beyond_ascii_in_any_field_is_no_fault_of_the_server() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::api()).await;
    for field in FIELDS {
        for (method, path) in [("GET", example::ONE), ("POST", example::LIST), ("GET", "/docs")] {
            let request = server.client().request(method, path).header_bytes(field, b"caf\xe9");
            let answer = request.send().await;
            assert!(answer.status < 500, "{field} of {method} {path}: {answer:?}");
        }
    }
    let nginx = Nginx::start(&[server.address()]).await;
    let client = nginx.client([127, 0, 0, 1], Some(API_KEY));
    let request = client.request("GET", "/hello_world").header("X-Else", &b"caf\xe9"[..]);
    let response = request.timeout(Duration::from_secs(10)).send().await.unwrap();
    assert_eq!(response.status(), 200, "through nginx");
}

#[tokio::test]
async fn head_of_the_runtimes_own_paths_has_no_body_over_http_2() {
    if repository::serves_by_spin() {
        return;
    }
    let server = Server::start(Options::guest()).await;
    let client = Http2::connect(server.address()).await;
    for path in ["/.well-known/spin/health", "/.well-known/spin/info"] {
        let get = client.exchange("GET", path, &[]).await.unwrap();
        let head = client.exchange("HEAD", path, &[]).await.unwrap();
        assert!(head.body.is_empty(), "{path}: {:?}", head.text());
        assert_eq!(head.header("Content-Length"), get.header("Content-Length"), "{path}");
    }
}

async fn exchange(server: &Server, head: &str) -> Answer {
    Raw::exchange(server.address(), &format!("{head}Connection: close\r\n\r\n")).await
}
