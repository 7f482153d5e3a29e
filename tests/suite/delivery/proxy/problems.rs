//! Responses of nginx itself.

use black_box::{Answer, Nginx, ProxyClient, Raw, example};
use serde_json::Value;

use super::{Site, address};

/// The component's `MAX_BODY_BYTES`.
const LONGEST_BODY: usize = 64 * 1024;

async fn exchange(nginx: &Nginx, head: &str) -> Answer {
    Raw::exchange(nginx.address(), head).await
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_at_the_door() {
    let site = Site::start(&[]).await;
    let post = |length: usize, id: &str| {
        let padding = " ".repeat(length - example::NEW.len());
        let request = site.caller(1).request("POST", example::LIST).header("Content-Type", "application/json");
        ProxyClient::send(request.header("X-Request-Id", id).body(format!("{}{padding}", example::NEW)))
    };
    post(LONGEST_BODY, "longest").await.assert_status(201, "the longest body");
    post(LONGEST_BODY + 1, "longer").await.assert_problem(413, "body-too-large", "one byte more");
    assert_eq!(site.nginx.line("longest").await["upstream_status"], "201");
    assert_eq!(site.nginx.line("longer").await["upstream"], "", "no replica had to read it");

    let chunk = "a".repeat(0xffff);
    let chunked = format!(
        "POST /things HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\
        Content-Type: application/json\r\nConnection: close\r\n\r\nffff\r\n{chunk}\r\nffff\r\n{chunk}\r\n0\r\n\r\n"
    );
    exchange(&site.nginx, &chunked).await.assert_problem(413, "body-too-large", "a body of no declared length");
}

#[tokio::test]
async fn problems_of_the_api_pass_as_they_are() {
    let site = Site::start(&[]).await;
    for (path, status) in [(example::NONE, 404), (&format!("{}?limit=x", example::LIST), 400), ("/nothing", 404)] {
        let through = site.caller(1).get(path).await;
        let direct = site.replicas[0].client().get(path).send().await;
        let without_id = |answer: &Answer| {
            let mut problem: Value = answer.assert_status(status, path).json();
            problem.as_object_mut().unwrap().remove("request_id");
            problem
        };
        assert_eq!(without_id(&through), without_id(&direct), "{path}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_a_problem_too() {
    let nginx = Nginx::start(&["127.0.0.1:9".parse().unwrap()]).await;
    let long = "a".repeat(9000);
    let cases = [
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), 400, "malformed-request"),
        ("GET /\u{1} HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 400, "malformed-request"),
        (format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"), 414, "url-too-long"),
        (
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-A: {long}\r\nConnection: close\r\n\r\n"),
            431,
            "headers-too-large",
        ),
        ("TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 405, "method-not-allowed"),
        (
            "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n".to_owned(),
            501,
            "not-implemented",
        ),
        ("GET / HTTP/2.1\r\nHost: localhost\r\n\r\n".to_owned(), 505, "http-version-not-supported"),
    ];
    for (head, status, slug) in cases {
        let start: String = head.chars().take(60).collect();
        exchange(&nginx, &head).await.assert_problem(status, slug, &start);
    }
}

#[tokio::test]
async fn when_nobody_is_there_it_says_so() {
    let nginx = Nginx::start(&["127.0.0.1:9".parse().unwrap(), "127.0.0.1:13".parse().unwrap()]).await;
    for method in ["GET", "PUT", "DELETE", "POST"] {
        let answer = ProxyClient::send(nginx.client(address(1), None).request(method, "/hello_world")).await;
        answer.assert_problem(502, "no-replica", method);
        assert_eq!(answer.header("Retry-After"), Some("1"), "{method}");
        assert_eq!(answer.header("Server"), Some("nginx"), "no version");
    }
    let head = ProxyClient::send(nginx.client(address(1), None).request("HEAD", "/hello_world")).await;
    head.assert_status(502, "HEAD");
    assert!(head.body.is_empty());
}
