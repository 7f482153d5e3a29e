//! nginx's log, and the request ids that nginx forwards.

use black_box::{API_KEY, ProxyClient, Raw};
use serde_json::{Value, json};

use super::Site;

const FIELDS: [&str; 13] = [
    "timestamp",
    "message",
    "request_id",
    "client",
    "method",
    "path",
    "status",
    "bytes",
    "duration_s",
    "upstream",
    "upstream_status",
    "upstream_connect_s",
    "upstream_response_s",
];

#[tokio::test]
async fn one_id_is_in_the_answer_and_in_both_logs() {
    let site = Site::start(&[]).await;
    let too_long = "x".repeat(129);
    let given = [Some("caller-1.a_B"), None, Some("with space"), Some("\"quoted\""), Some(&too_long)];
    for given in given {
        let request = site.caller(1).request("GET", "/hello_world");
        let request = if let Some(id) = given { request.header("X-Request-Id", id) } else { request };
        let answer = ProxyClient::send(request).await;
        let id = answer.assert_status(200, "hello").header("X-Request-Id").unwrap().to_owned();
        let is_taken_over = given.is_some_and(|given| given == id);
        assert_eq!(is_taken_over, given == Some("caller-1.a_B"), "{given:?} became {id}");
        let line = site.nginx.line(&id).await;
        let upstream = line["upstream"].as_str().unwrap();
        let replica = site.replicas.iter().find(|replica| replica.address().to_string() == upstream).unwrap();
        let of_the_api = crate::logs::line(replica, &id).await;
        for field in ["method", "path", "status"] {
            assert_eq!(line[field], of_the_api[field], "{field}: {line}");
        }
        assert_eq!(line["client"], "127.0.77.1");
        assert_eq!(line["upstream_status"], "200");
        assert!(FIELDS.iter().all(|field| !line[field].is_null()), "{line}");
    }
}

#[tokio::test]
async fn nginx_names_the_request_where_it_answers_itself() {
    let site = Site::start(&[]).await;
    let request = site.caller(1).json("POST", "/metrics?page=2", &json!({})).header("X-Request-Id", "hidden-1");
    let answer = ProxyClient::send(request).await;
    answer.assert_problem(404, "not-found", "hidden");
    assert_eq!(answer.header("X-Request-Id"), Some("hidden-1"));
    let line = site.nginx.line("hidden-1").await;
    assert_eq!((&line["method"], &line["path"], &line["status"]), (&json!("POST"), &json!("/metrics"), &json!(404)));
    assert_eq!(line["upstream"], "");
}

#[tokio::test]
async fn every_line_is_an_object_and_no_line_has_a_secret() {
    const SECRET: &str = "planted-secret-8f21";
    let site = Site::start(&[]).await;
    let address = site.nginx.address();
    for target in ["/things/a%0A%22b", "/\"quoted\"\\", "/things/\u{e9}", "/?a=\"b\"", "http://localhost/things"] {
        let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Raw::exchange(address, &head).await;
    }
    let mut raw = b"GET /things/".to_vec();
    raw.extend([0xff, 0xfe]);
    raw.extend(b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    for bytes in [&raw[..], b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n"] {
        let mut connection = Raw::connect(address).await;
        connection.write(bytes).await.unwrap();
        connection.receives_within(std::time::Duration::from_millis(300)).await;
    }
    let caller = site.nginx.client(super::address(1), Some(SECRET));
    for path in [format!("/things?api_key={SECRET}"), format!("/metrics?{SECRET}"), format!("/hello_world#{SECRET}")] {
        let request = caller.request("GET", &path);
        ProxyClient::send(request.header("Authorization", format!("Bearer {SECRET}")).header("Cookie", SECRET)).await;
    }
    ProxyClient::send(site.caller(1).request("GET", "/hello_world").header("X-Request-Id", "the-last")).await;
    site.nginx.line("the-last").await;

    let lines = site.nginx.logs().lines();
    assert!(lines.len() > 12, "{lines:?}");
    for line in &lines {
        let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(record["message"], "request", "{line}");
        assert!(record["status"].is_u64(), "{line}");
        for secret in [SECRET, API_KEY] {
            assert!(!line.contains(secret), "{line}");
        }
        assert!(!line.contains('?'), "no query: {line}");
    }
}
