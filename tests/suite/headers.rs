//! Headers of every response. The harness checks most of them in every test; see its `rules.rs`.

use std::collections::BTreeSet;

use black_box::{API_KEY, Options, Raw, Server, example};

/// Method, path and status of a response.
const ANSWERS: [(&str, &str, u16); 11] = [
    ("GET", "/", 200),
    ("GET", "/health", 200),
    ("GET", "/readiness", 200),
    ("GET", "/hello_world", 200),
    ("GET", "/current_time", 400),
    ("GET", example::LIST, 200),
    ("GET", example::NONE, 404),
    ("POST", example::LIST, 415),
    ("DELETE", example::ONE, 204),
    ("GET", "/nope", 404),
    ("POST", "/health", 405),
];

#[tokio::test]
async fn a_sane_request_id_comes_back() {
    let server = Server::start(Options::api()).await;
    for (method, path, status) in ANSWERS {
        let request = server.client().request(method, path).header("X-Request-Id", "my-id.7_A");
        let answer = request.send().await;
        answer.assert_status(status, path);
        assert_eq!(answer.header("X-Request-Id"), Some("my-id.7_A"), "{method} {path}");
    }
    let longest = "a".repeat(128);
    for id in ["a", "-", "0123456789", "A.b_c-D", &longest] {
        let answer = server.anonymous().get("/health").header("X-Request-Id", id).send().await;
        assert_eq!(answer.header("X-Request-Id"), Some(id));
    }
}

#[tokio::test]
async fn any_other_is_replaced_by_a_new_one() {
    let server = Server::start(Options::api()).await;
    let longer = "a".repeat(129);
    let insane: [&[u8]; 8] =
        [b"", b"a b", b"a/b", b"a,b", b"a\"b", b"{\"level\":\"error\"}", "ü".as_bytes(), longer.as_bytes()];
    let mut seen = BTreeSet::new();
    for id in insane {
        let request = server.anonymous().get("/nope").header_bytes("X-Request-Id", id);
        let answer = request.send().await;
        answer.assert_problem(404, "not-found", "an insane id");
        let new = answer.header("X-Request-Id").unwrap();
        assert!(is_uuid(new), "{new}");
        assert!(seen.insert(new.to_owned()), "{new} twice");
    }
    let answer = server.anonymous().get("/health").send().await;
    assert!(is_uuid(answer.header("X-Request-Id").unwrap()), "{answer:?}");
}

#[tokio::test]
async fn an_answer_says_its_length_and_is_not_chunked() {
    let server = Server::start(Options::api()).await;
    for (method, path, status) in ANSWERS {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let answer = Raw::exchange(server.address(), &head).await;
        let case = format!("{method} {path}");
        answer.assert_status(status, &case);
        assert_eq!(answer.header("Transfer-Encoding"), None, "{case}");
        let length = (status != 204).then(|| answer.body.len().to_string());
        assert_eq!(answer.header("Content-Length"), length.as_deref(), "{case}");
    }
}

#[tokio::test]
async fn a_long_answer_says_its_length_too() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    for _ in 0..600 {
        client.post(example::LIST, example::new()).send().await.assert_status(201, "an entry");
    }
    let answer = client.get(&format!("{}?limit=1000", example::LIST)).send().await;
    assert!(answer.body.len() > 20_000, "{} bytes", answer.body.len());
    answer.assert_json(200, "all entries");
}

/// The 8-4-4-4-12 form of RFC 9562, in lower case.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    let is_hex = |byte: u8| byte == b'-' || matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    groups == [8, 4, 4, 4, 12] && text.bytes().all(is_hex)
}

#[tokio::test]
async fn who_came_over_tls_is_told_to_stay() {
    let policy = Some("max-age=31536000");
    let server = Server::start(Options::api().variable("trusted_proxies", "1")).await;
    for path in ["/", "/health", example::LIST, "/nope", "/docs"] {
        let answer = server.client().get(path).header("X-Forwarded-Proto", "https").send().await;
        assert_eq!(answer.header("Strict-Transport-Security"), policy, "{path}");
        let answer = server.client().get(path).header("X-Forwarded-Proto", "http").send().await;
        assert_eq!(answer.header("Strict-Transport-Security"), None, "{path}");
    }
    let server = Server::start(Options::api()).await;
    for (name, value) in [("X-Forwarded-Proto", "https"), ("Spin-Full-Url", "https://localhost/")] {
        let answer = server.client().get("/").header(name, value).send().await;
        assert_eq!(answer.header("Strict-Transport-Security"), None, "{name} without a trusted proxy");
    }
}
