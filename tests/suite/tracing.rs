//! `traceparent` (W3C Trace Context): logs and problems name the caller's trace.

use black_box::{Options, Request, Server, example};
use serde_json::Value;

use crate::logs::line;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn a_valid_trace_is_continued() {
    let server = Server::start(Options::api()).await;
    let headers = [
        format!("00-{TRACE}-{SPAN}-01"),
        format!("00-{TRACE}-{SPAN}-00"),
        format!("00-{TRACE}-{SPAN}-ff"),
        // A later version may have more fields.
        format!("01-{TRACE}-{SPAN}-01-more"),
    ];
    for (number, header) in headers.iter().enumerate() {
        let ask =
            |path: &str, id: &str| server.client().get(path).header("traceparent", header).header("X-Request-Id", id);
        let (logged, problem) = asked(&server, ask, number).await;
        assert_eq!((logged["trace_id"].as_str(), logged["span_id"].as_str()), (Some(TRACE), Some(SPAN)), "{header}");
        assert_eq!(problem["trace_id"], TRACE, "{header}");
    }
}

#[tokio::test]
async fn an_invalid_one_is_ignored() {
    let server = Server::start(Options::api()).await;
    let headers = [
        String::new(),
        "planted".to_owned(),
        format!("ff-{TRACE}-{SPAN}-01"),
        format!("00-{TRACE}-{SPAN}-01-more"),
        format!("00-{TRACE}-{SPAN}"),
        format!("00-{TRACE}-{SPAN}-1"),
        format!("00-{}-{SPAN}-01", "0".repeat(32)),
        format!("00-{TRACE}-{}-01", "0".repeat(16)),
        format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
        format!("00-{TRACE}0-{SPAN}-01"),
        format!("00-{}-{SPAN}-01", &TRACE[1..]),
        format!("00_{TRACE}_{SPAN}_01"),
    ];
    for (number, header) in headers.iter().enumerate() {
        let ask =
            |path: &str, id: &str| server.client().get(path).header("traceparent", header).header("X-Request-Id", id);
        assert_untraced(&asked(&server, ask, number).await, header);
    }
    let valid = format!("00-{TRACE}-{SPAN}-01");
    let twice = |path: &str, id: &str| {
        let request = server.client().get(path).header("X-Request-Id", id);
        request.header("traceparent", &valid).header("traceparent", &valid)
    };
    assert_untraced(&asked(&server, twice, headers.len()).await, "two of them");
    let without = |path: &str, id: &str| server.client().get(path).header("X-Request-Id", id);
    assert_untraced(&asked(&server, without, headers.len() + 1).await, "none");
}

/// Returns the log line of a request that succeeds, and the problem of one that fails.
async fn asked(server: &Server, ask: impl Fn(&str, &str) -> Request, number: usize) -> (Value, Value) {
    let (good, bad) = (format!("good-{number}"), format!("bad-{number}"));
    ask("/hello_world", &good).send().await.assert_status(200, &good);
    let problem = ask(example::NONE, &bad).send().await;
    problem.assert_problem(404, example::NOT_FOUND, &bad);
    let (logged, failed) = (line(server, &good).await, line(server, &bad).await);
    assert_eq!(logged.get("trace_id"), failed.get("trace_id"), "both lines");
    (logged, problem.json())
}

fn assert_untraced((logged, problem): &(Value, Value), case: &str) {
    let fields = [logged.get("trace_id"), logged.get("span_id"), problem.get("trace_id")];
    assert_eq!(fields, [None; 3], "{case}");
}
