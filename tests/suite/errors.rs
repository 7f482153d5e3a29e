//! Errors common to all routes: unknown paths and invalid bodies.

use std::time::Duration;

use black_box::{API_KEY, Options, Raw, Server, example};

/// Maximum size of a body, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

#[tokio::test]
async fn unknown_routes_are_not_found() {
    let server = Server::start(Options::api()).await;
    let (list, one) = (example::LIST, example::ONE);
    let below =
        [format!("{list}/"), format!("{one}/"), format!("{one}/x"), format!("/{}", one[1..].replacen('/', "%2F", 1))];
    let paths =
        ["/nope", "/health/", "/hello_world/", "//", "/Health", "/healthcheck/x", "/index.html", "/favicon.ico"];
    for path in paths.into_iter().chain(below.iter().map(String::as_str)) {
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
    let post = || server.client().request("POST", example::LIST);
    for content_type in refused {
        let answer = post().body(content_type, example::NEW).send().await;
        answer.assert_problem(415, "unsupported-media-type", content_type);
    }
    let answer = post().untyped_body(example::NEW).send().await;
    answer.assert_problem(415, "unsupported-media-type", "no type");
    post().send().await.assert_problem(415, "unsupported-media-type", "no body and no type");
    for content_type in taken {
        post().body(content_type, example::new().to_string()).send().await.assert_status(201, content_type);
    }
}

#[tokio::test]
async fn a_body_must_be_json() {
    let server = Server::start(Options::api()).await;
    let whole = example::NEW.as_bytes();
    let mut not_utf8 = whole.to_vec();
    not_utf8[whole.len() / 2] = 0xff;
    let single_quotes = example::NEW.replace('"', "'");
    let bodies: [&[u8]; 8] = [
        b"",
        b" ",
        b"{",
        &whole[..whole.len() - 1],
        &[whole, b"x"].concat(),
        &not_utf8,
        b"name=Nina",
        single_quotes.as_bytes(),
    ];
    for body in bodies {
        let request = server.client().request("POST", example::LIST).body("application/json", body);
        request.send().await.assert_problem(400, "malformed-request", &String::from_utf8_lossy(body));
    }
    assert_nothing_created(&server).await;
}

#[tokio::test]
async fn a_body_may_have_64_kib() {
    let server = Server::start(Options::api()).await;
    let padded = |length: usize| format!("{}{}", example::NEW, " ".repeat(length - example::NEW.len()));
    let post = |body| server.client().request("POST", example::LIST).body("application/json", body).send();
    post(padded(BODY_LIMIT + 1)).await.assert_problem(413, "body-too-large", "one byte more");
    post(padded(BODY_LIMIT)).await.assert_status(201, "the largest");
}

#[tokio::test]
async fn a_chunked_body_may_have_64_kib_too() {
    let server = Server::start(Options::api()).await;
    let body = example::NEW;
    for (length, status) in [(BODY_LIMIT, 201), (BODY_LIMIT + 1, 413)] {
        let mut connection = chunked_post(&server).await;
        let padded = format!("{body}{}", " ".repeat(length - body.len()));
        for chunk in padded.as_bytes().chunks(10_000) {
            connection.write(&framed(chunk)).await.unwrap();
        }
        // The server may already have closed the connection.
        let _ = connection.write(b"0\r\n\r\n").await;
        connection.read_to_end().await.assert_status(status, &format!("{length} bytes"));
    }
}

#[tokio::test]
async fn a_larger_body_is_refused_before_its_end() {
    let server = Server::start(Options::api()).await;
    let mut connection = Raw::connect(server.address()).await;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n",
        example::LIST
    );
    connection.write(head.as_bytes()).await.unwrap();
    connection.write(&[b' '; BODY_LIMIT + 1]).await.unwrap();
    let answer = connection.read_to_end().await;
    answer.assert_problem(413, "body-too-large", "most of the body is not sent yet");
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let server = Server::start(Options::api()).await;
    let mut connection = chunked_post(&server).await;
    let chunk = framed(&[b' '; 4096]);
    let mut sent = 0_usize;
    while !connection.receives_within(Duration::from_millis(1)).await {
        if connection.write(&chunk).await.is_err() {
            break;
        }
        sent += 4096;
        assert!(sent < 64 * 1024 * 1024, "still reading after {sent} bytes");
    }
    connection.read_to_end().await.assert_status(413, "an endless body");
    assert_nothing_created(&server).await;
}

#[tokio::test]
async fn bodies_that_stall_keep_nobody_else_waiting() {
    let server = Server::start(Options::api()).await;
    let mut stalled = Vec::new();
    for _ in 0..40 {
        let body = example::new().to_string().into_bytes();
        let mut connection = chunked_post(&server).await;
        connection.write(&framed(&body[..5])).await.unwrap();
        stalled.push((connection, body));
    }
    for _ in 0..20 {
        server.client().get(example::ONE).send().await.assert_status(200, "meanwhile");
    }
    for (mut connection, body) in stalled {
        connection.write(&framed(&body[5..])).await.unwrap();
        connection.write(b"0\r\n\r\n").await.unwrap();
        connection.read_to_end().await.assert_status(201, "the rest has arrived");
    }
}

#[tokio::test]
async fn a_body_on_a_get_changes_nothing() {
    let server = Server::start(Options::api()).await;
    let request = server.client().get(example::ONE).json(example::new());
    request.send().await.assert_status(200, "GET with a body");
}

#[tokio::test]
async fn deep_json_does_no_harm() {
    let server = Server::start(Options::api()).await;
    let member = example::NEW.split_inclusive(':').next().unwrap();
    for opening in ["[", member, r#"{"x":"#] {
        let body = opening.repeat(5_000);
        let request = server.client().request("POST", example::LIST).body("application/json", body);
        let answer = request.send().await;
        assert!([400, 422].contains(&answer.status), "{opening}: {answer:?}");
    }
}

async fn assert_nothing_created(server: &Server) {
    let entries = server.client().get(example::LIST).send().await.assert_json(200, "all");
    assert_eq!(entries.as_array().map(Vec::len), Some(example::DEMO_ENTRIES), "nothing was created");
}

/// A POST whose head is sent and whose body comes in chunks.
async fn chunked_post(server: &Server) -> Raw {
    let mut connection = Raw::connect(server.address()).await;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        example::LIST
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
