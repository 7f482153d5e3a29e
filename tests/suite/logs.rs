//! The component's log: what its lines contain, and the secrets that they never contain.

mod lines;
mod secrets;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use black_box::{Options, Server, example, record};
use serde_json::Value;

/// Fields of a request's line, with a key and without a trace.
const FIELDS: [&str; 11] = [
    "timestamp",
    "level",
    "message",
    "request_id",
    "method",
    "endpoint",
    "path",
    "status",
    "duration_ms",
    "bytes",
    "key",
];
const PROBES: [&str; 4] = ["/health", "/healthcheck", "/readiness", "/metrics"];

/// Waits for the line of the request with this id.
pub(crate) async fn line(server: &Server, request_id: &str) -> Value {
    let is_it = |line: &str| record(line).is_some_and(|record| is_request(&record, request_id));
    server.logs().wait_for(request_id, is_it).await;
    server.logs().records().into_iter().find(|record| is_request(record, request_id)).unwrap()
}

fn is_request(record: &Value, request_id: &str) -> bool {
    record["message"] == "request" && record["request_id"] == request_id
}

#[tokio::test]
async fn a_request_is_one_object() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    let post = client.post(example::LIST, example::new()).header("X-Request-Id", "r-post").send().await;
    post.assert_status(201, "a new entry");
    let path = format!("{}?limit=planted", example::NONE);
    let get = client.request("GET", &path).header("X-Request-Id", "r-get").send().await;
    get.assert_status(404, "an unknown entry");

    let line_of_post = line(&server, "r-post").await;
    let names: BTreeSet<_> = line_of_post.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, FIELDS.into(), "{line_of_post}");
    assert_eq!(line_of_post["level"], "info");
    assert_eq!(line_of_post["method"], "POST");
    assert_eq!(line_of_post["endpoint"], example::LIST);
    assert_eq!(line_of_post["path"], example::LIST);
    assert_eq!(line_of_post["status"], 201);
    assert_eq!(line_of_post["bytes"], post.body.len());
    assert!(line_of_post["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0 && ms < 10_000.0), "{line_of_post}");
    assert_now(line_of_post["timestamp"].as_str().unwrap());

    let line_of_get = line(&server, "r-get").await;
    assert_eq!(line_of_get["endpoint"], example::ENDPOINT);
    assert_eq!(line_of_get["path"], example::NONE, "without the query");
    assert_eq!(line_of_get["status"], 404);
    assert_eq!(line_of_get["bytes"], get.body.len());
    assert_eq!(line_of_get["key"], line_of_post["key"], "the same key");
}

#[tokio::test]
async fn keys_are_told_apart_and_not_told() {
    let server = Server::start(Options::api().variable("api_key", "first-key,second-key")).await;
    let mut names = BTreeSet::new();
    for (key, id) in [("first-key", "r-1"), ("second-key", "r-2"), ("first-key", "r-3")] {
        server.with_key(key).get("/hello_world").header("X-Request-Id", id).send().await.assert_status(200, key);
        names.insert(line(&server, id).await["key"].as_str().unwrap().to_owned());
    }
    assert_eq!(names.len(), 2, "{names:?}");
    server.with_key("third-key").get("/hello_world").header("X-Request-Id", "r-4").send().await;
    server.anonymous().get("/").header("X-Request-Id", "r-5").send().await;
    for id in ["r-4", "r-5"] {
        assert_eq!(line(&server, id).await.get("key"), None, "{id}");
    }
}

#[tokio::test]
async fn where_everybody_may_call_no_key_is_named() {
    let server = Server::start(Options::api().variable("auth", "none")).await;
    server.client().get("/hello_world").header("X-Request-Id", "r-open").send().await.assert_status(200, "open");
    assert_eq!(line(&server, "r-open").await.get("key"), None);
}

#[tokio::test]
async fn an_instance_does_not_log_unsafe_settings() {
    let options = Options::api().variable("auth", "none").flag("--max-instance-reuse-count", "1");
    let server = Server::start(options).await;
    for id in ["r-1", "r-2", "r-3"] {
        server.anonymous().get("/hello_world").header("X-Request-Id", id).send().await.assert_status(200, "open");
        line(&server, id).await;
    }
    let records = server.logs().records();
    assert!(records.iter().all(|record| record["message"] == "request"), "{records:?}");
}

#[tokio::test]
async fn probes_are_no_news_where_settings_cannot_be_used() {
    let server = Server::start(Options::api().variable("metrics", "perhaps")).await;
    let client = server.anonymous();
    for path in ["/health", "/healthcheck", "/readiness"] {
        client.get(path).send().await;
    }
    client.get("/").header("X-Request-Id", "r-last").send().await.assert_status(503, "misconfigured");
    line(&server, "r-last").await;
    let requests = server.logs().records().into_iter().filter(|record| record["message"] == "request").count();
    assert_eq!(requests, 1, "{}", server.logs().text());
}

#[tokio::test]
async fn a_line_is_one_line_whatever_is_asked() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    let paths =
        ["/things/a%0A%22b", "/%0D%0A%7B%22level%22:%22error%22%7D", "/things/%FF", "/%E2%80%A8", "/things/'\\"];
    for (number, path) in paths.into_iter().enumerate() {
        let id = format!("odd-{number}");
        client.get(path).header("X-Request-Id", &id).send().await;
        line(&server, &id).await;
    }
    assert_eq!(server.logs().lines().iter().filter(|line| line.contains("odd-")).count(), paths.len());
    assert!(!server.logs().records().iter().any(|record| record["level"] == "error"));
}

#[tokio::test]
async fn the_level_is_the_last_that_is_written() {
    for (level, expected) in [
        ("error", &["error"][..]),
        ("warn", &["error", "warn"]),
        ("info", &["error", "info", "warn"]),
        ("debug", &["debug", "error", "info", "warn"]),
    ] {
        // Nothing listens on that port, so the limiter warns.
        let options = Options::api().variable("redis_address", "redis://127.0.0.1:1").variable("rate_limit", "9/1s");
        let options = options.variable("auth", "none").variable("log_level", level);
        let server = Server::start(options).await;
        let client = server.anonymous();
        for path in PROBES {
            client.get(path).send().await.assert_status(200, path);
        }
        client.get("/hello_world").send().await.assert_status(200, "hello");
        let rename = format!("ALTER TABLE {} RENAME TO away", example::TABLE);
        server.options().database().execute(&rename).await.unwrap();
        let failed = client.get(example::LIST).header("X-Request-Id", "r-failed").send().await;
        failed.assert_problem(500, "internal", "no such table");
        server.logs().wait_for("the failure", |line| line.contains("r-failed")).await;
        tokio::time::sleep(Duration::from_millis(100)).await;

        let records = server.logs().records();
        let levels: BTreeSet<_> = records.iter().filter_map(|record| record["level"].as_str()).collect();
        assert_eq!(levels, expected.iter().copied().collect(), "{level}");
        let is_probe = |record: &&Value| PROBES.iter().any(|probe| record["path"] == *probe);
        let probes: Vec<_> = records.iter().filter(is_probe).collect();
        assert!(probes.iter().all(|record| record["level"] == "debug"), "{probes:?}");
        assert_eq!(level == "debug", probes.len() >= PROBES.len(), "{level}: {probes:?}");
        let error = records.iter().find(|record| record["level"] == "error").unwrap();
        assert_eq!(error["request_id"], "r-failed");
        assert!(error["message"].as_str().is_some_and(|text| text.contains(example::TABLE)), "{error}");
    }
}

#[tokio::test]
async fn text_is_what_a_person_looks_for() {
    let server = Server::start(Options::api().variable("log_format", "text")).await;
    server.client().get(example::ONE).header("X-Request-Id", "r-text").send().await.assert_status(200, "one");
    let is_it = |line: &&String| line.contains("r-text");
    server.logs().wait_for("the line", |line| line.contains("r-text")).await;
    let lines = server.logs().lines();
    let line = lines.iter().find(is_it).unwrap();
    let (time, rest) = line.split_once(' ').unwrap();
    assert!(time.len() == "23:01:23".len() && time.matches(':').count() == 2, "{line}");
    assert!(rest.starts_with(&format!("GET {} 200 ", example::ONE)), "{line}");
    assert!(rest.contains(" ms id=r-text key="), "{line}");
    assert!(server.logs().records().is_empty(), "no JSON");
}

/// RFC 3339 in UTC with milliseconds, of the last minute.
fn assert_now(timestamp: &str) {
    assert_eq!(timestamp.len(), "2023-11-14T22:13:20.123Z".len(), "{timestamp}");
    let time = humantime::parse_rfc3339(timestamp).unwrap();
    let age = SystemTime::now().duration_since(time).unwrap_or_default();
    assert!(age < Duration::from_secs(60), "{timestamp} is {age:?} ago");
}
