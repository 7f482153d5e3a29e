//! Refusals that no single route owns: unknown routes, bodies that can't be read.

use std::time::Duration;

use black_box::{API_KEY, Options, Raw, Server};
use serde_json::json;

/// The largest body that is read.
const BODY_LIMIT: usize = 64 * 1024;

#[tokio::test]
async fn unknown_routes_are_not_found() {
    let server = Server::start(Options::api()).await;
    let paths = [
        "/nope",
        "/health/",
        "/hello_world/",
        "/tocos/",
        "/tocos/John/",
        "/tocos/John/x",
        "//",
        "/Health",
        "/healthcheck/x",
        "/index.html",
        "/tocos%2FJohn",
        "/favicon.ico",
    ];
    for path in paths {
        for method in ["GET", "POST", "DELETE"] {
            let answer = server.client().request(method, path).send().await;
            answer.assert_problem(404, "not-found", &format!("{method} {path}"));
        }
    }
    let answer = server.anonymous().get("/nope").send().await;
    answer.assert_problem(404, "not-found", "without a key");
}

#[tokio::test]
async fn a_body_must_be_json_by_its_type() {
    let server = Server::start(Options::api()).await;
    let taken = [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json;;charset=utf-8",
        "application/json ; ; charset=utf-8 ;",
        "application/json;",
        "APPLICATION/JSON",
        "application/merge-patch+json",
        "application/vnd.mini+json; v=1",
    ];
    let refused = [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonx",
        "application/xml",
        "json",
        "application/",
        "",
    ];
    for (method, path) in [("PUT", "/tocos/Nina"), ("POST", "/tocos")] {
        for content_type in refused {
            let body = json!({"user": "Nina", "tocos": 1}).to_string();
            let request = server.client().request(method, path).body(content_type, body);
            let case = format!("{method} as {content_type:?}");
            request.send().await.assert_problem(415, "unsupported-media-type", &case);
        }
        let request = server.client().request(method, path).untyped_body(r#"{"tocos":1}"#);
        request.send().await.assert_problem(415, "unsupported-media-type", "no type");
        let answer = server.client().request(method, path).send().await;
        answer.assert_problem(415, "unsupported-media-type", "no body and no type");
    }
    for content_type in taken {
        let request = server.client().request("PUT", "/tocos/John").body(content_type, r#"{"tocos":1}"#);
        request.send().await.assert_status(200, content_type);
    }
}

#[tokio::test]
async fn a_body_must_be_json() {
    let server = Server::start(Options::api()).await;
    let bodies: [(&str, &str, &[u8]); 10] = [
        ("POST", "/tocos", b""),
        ("POST", "/tocos", b" "),
        ("POST", "/tocos", b"{"),
        ("POST", "/tocos", br#"{"user":"Nina","tocos":1"#),
        ("POST", "/tocos", br#"{"user":"Nina","tocos":1}x"#),
        ("POST", "/tocos", b"{\"user\":\"Nina\xff\",\"tocos\":1}"),
        ("POST", "/tocos", b"user=Nina&tocos=1"),
        ("PUT", "/tocos/Nina", br#"{"tocos":01}"#),
        ("PUT", "/tocos/Nina", br#"{'tocos':1}"#),
        ("PUT", "/tocos/Nina", b""),
    ];
    for (method, path, body) in bodies {
        let request = server.client().request(method, path).body("application/json", body);
        let case = format!("{method} {}", String::from_utf8_lossy(body));
        request.send().await.assert_problem(400, "malformed-request", &case);
    }
    let answer = server.client().get("/tocos/Nina").send().await;
    answer.assert_problem(404, "user-not-found", "nothing was created");
}

#[tokio::test]
async fn a_body_may_have_64_kib() {
    let server = Server::start(Options::api()).await;
    for (method, path, body) in
        [("PUT", "/tocos/Nina", r#"{"tocos":1}"#), ("POST", "/tocos", r#"{"user":"Nils","tocos":1}"#)]
    {
        let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
        let request = server.client().request(method, path);
        let larger = request.body("application/json", padded(BODY_LIMIT + 1)).send().await;
        larger.assert_problem(413, "body-too-large", method);
        let request = server.client().request(method, path);
        let largest = request.body("application/json", padded(BODY_LIMIT)).send().await;
        largest.assert_status(201, method);
    }
}

#[tokio::test]
async fn a_chunked_body_may_have_64_kib_too() {
    let server = Server::start(Options::api()).await;
    let body = r#"{"tocos":1}"#;
    for (length, status) in [(BODY_LIMIT, 201), (BODY_LIMIT + 1, 413)] {
        let mut connection = chunked_put(&server, "Nina").await;
        let padded = format!("{body}{}", " ".repeat(length - body.len()));
        for chunk in padded.as_bytes().chunks(10_000) {
            connection.write(&framed(chunk)).await.unwrap();
        }
        // A server that has seen enough may already be gone.
        let _ = connection.write(b"0\r\n\r\n").await;
        connection.read_to_end().await.assert_status(status, &format!("{length} bytes"));
    }
}

#[tokio::test]
async fn a_larger_body_is_refused_before_its_end() {
    let server = Server::start(Options::api()).await;
    let mut connection = Raw::connect(server.address()).await;
    let head = format!(
        "PUT /tocos/Nina HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n"
    );
    connection.write(head.as_bytes()).await.unwrap();
    connection.write(&[b' '; BODY_LIMIT + 1]).await.unwrap();
    let answer = connection.read_to_end().await;
    answer.assert_problem(413, "body-too-large", "nearly all of it still to come");
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let server = Server::start(Options::api()).await;
    let mut connection = chunked_put(&server, "Nina").await;
    let chunk = framed(&[b' '; 4096]);
    let mut sent = 0_usize;
    while !connection.receives_within(Duration::from_millis(1)).await {
        if connection.write(&chunk).await.is_err() {
            break;
        }
        sent += 4096;
        assert!(sent < 64 * 1024 * 1024, "still reading after {sent} bytes");
    }
    connection.read_to_end().await.assert_status(413, "no end");
    server.client().get("/tocos/Nina").send().await.assert_status(404, "nothing was created");
}

#[tokio::test]
async fn bodies_that_stall_keep_nobody_else_waiting() {
    let server = Server::start(Options::api()).await;
    let mut stalled = Vec::new();
    for number in 0..40 {
        let mut connection = chunked_put(&server, &format!("stalled-{number}")).await;
        connection.write(&framed(br#"{"tocos""#)).await.unwrap();
        stalled.push(connection);
    }
    for _ in 0..20 {
        server.client().get("/tocos/John").send().await.assert_status(200, "meanwhile");
    }
    for mut connection in stalled {
        connection.write(&framed(b":1}")).await.unwrap();
        connection.write(b"0\r\n\r\n").await.unwrap();
        connection.read_to_end().await.assert_status(201, "the rest came");
    }
}

#[tokio::test]
async fn a_body_on_a_get_changes_nothing() {
    let server = Server::start(Options::api()).await;
    let request = server.client().get("/tocos/John").json(json!({"tocos": 1}));
    request.send().await.assert_status(200, "GET with a body");
}

#[tokio::test]
async fn deep_json_does_no_harm() {
    let server = Server::start(Options::api()).await;
    for opening in ["[", r#"{"user":"#, r#"{"x":"#] {
        let body = opening.repeat(5_000);
        let request = server.client().request("POST", "/tocos").body("application/json", body);
        let answer = request.send().await;
        assert!([400, 422].contains(&answer.status), "{opening}: {answer:?}");
    }
}

/// A PUT whose head is sent and whose body comes in chunks.
async fn chunked_put(server: &Server, user: &str) -> Raw {
    let mut connection = Raw::connect(server.address()).await;
    let head = format!(
        "PUT /tocos/{user} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    connection.write(head.as_bytes()).await.unwrap();
    connection
}

fn framed(chunk: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{:x}\r\n", chunk.len()).into_bytes();
    bytes.extend(chunk);
    bytes.extend(b"\r\n");
    bytes
}
