//! `Idempotency-Key`: a repeated request moves nothing again.

mod bounds;
mod callers;
mod concurrent;
mod expiry;
mod replay;

use black_box::{Answer, Client, Request};
use serde_json::Value;

fn post(client: &Client, key: &str, body: Value) -> Request {
    client.post("/transfers", body).header("Idempotency-Key", key)
}

/// Panics unless the response repeats the first one.
fn assert_replayed(again: &Answer, first: &Answer, case: &str) {
    assert_eq!(again.status, first.status, "{case}: {again:?}");
    assert_eq!(first.header("Idempotent-Replayed"), None, "{case}");
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"), "{case}");
    for name in ["Location", "Content-Type"] {
        assert_eq!(again.header(name), first.header(name), "{case}: {name}");
    }
    assert_eq!(without_request_id(again), without_request_id(first), "{case}");
}

/// Removes the request id, which differs in each problem.
fn without_request_id(answer: &Answer) -> Value {
    let mut body = answer.json();
    body.as_object_mut().expect("an object").remove("request_id");
    body
}
