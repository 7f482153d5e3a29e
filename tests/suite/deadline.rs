//! The API gives up a request that exceeds `request_timeout`.

use std::time::{Duration, Instant};

use black_box::{API_KEY, Engine, Options, Raw, Server, example};
use rstest::rstest;

const TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum delay of a response after the deadline, on a busy machine.
const SLACK: Duration = Duration::from_millis(1500);

#[rstest]
#[tokio::test]
async fn a_write_that_waits_for_a_lock_is_given_up(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let options = Options::on(engine).variable("request_timeout", "1s");
    let server = Server::start(options.clone()).await;
    server.client().get(example::LIST).send().await.assert_status(200, "before");
    let lock = options.database().lock().await;
    let began = Instant::now();
    let answer = server.client().post(example::LIST, example::new()).send().await;
    let took = began.elapsed();
    answer.assert_problem(504, "timed-out", "a write behind a lock");
    let request_id = answer.header("X-Request-Id").unwrap();
    let is_cause = |line: &str| line.contains("\"level\":\"error\"") && line.contains(request_id);
    server.logs().wait_for("the cause", is_cause).await;
    assert!((TIMEOUT..TIMEOUT + SLACK).contains(&took), "{took:?}");
    server.client().get("/hello_world").send().await.assert_status(200, "the instance still responds");
    lock.release().await;
    server.client().post(example::LIST, example::new()).send().await.assert_status(201, "after");
    // The count of the first request waited for the lock too.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let metrics = server.anonymous().get("/metrics").send().await;
    let counted = format!(r#"http_requests_total{{endpoint="{}",method="POST",status="504"}} 1"#, example::LIST);
    assert!(metrics.text().contains(&counted), "{}", metrics.text());
}

#[tokio::test]
async fn an_upload_that_takes_too_long_is_408() {
    let server = Server::start(Options::api().variable("request_timeout", "1s")).await;
    for (framing, part) in [
        ("Content-Length: 11", "{\"name\""),
        ("Content-Length: 11", ""),
        ("Transfer-Encoding: chunked", "8\r\n{\"name\":\r\n"),
    ] {
        let case = format!("{framing} {part:?}");
        let mut connection = Raw::connect(server.address()).await;
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\n\
             Content-Type: application/json\r\n{framing}\r\n\r\n{part}",
            example::LIST
        );
        let began = Instant::now();
        connection.write(head.as_bytes()).await.unwrap();
        // The server must close the connection, because its next bytes would be the rest of the body.
        let answer = connection.read_to_end().await;
        let took = began.elapsed();
        answer.assert_problem(408, "request-timed-out", &case);
        assert!((TIMEOUT..TIMEOUT + SLACK).contains(&took), "{case}: {took:?}");
    }
    let entries = server.client().get(example::LIST).send().await.assert_json(200, "all");
    assert_eq!(entries.as_array().map(Vec::len), Some(example::DEMO_ENTRIES), "nothing was created");
}
