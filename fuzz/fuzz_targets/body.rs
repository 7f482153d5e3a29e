//! JSON bodies. The first line is the `Content-Type`, the rest is the body.
#![no_main]

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, header};
use chassis::http::{Integer, JsonBody, MAX_BODY_BYTES, Problem};
use fuzz::{first_line, now};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Resembles the API's request bodies: texts, an integer and an optional field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    from: String,
    amount: Integer,
    note: Option<String>,
}

fuzz_target!(|data: &[u8]| {
    let (content_type, body) = first_line(data);
    let Ok(content_type) = HeaderValue::from_bytes(content_type) else { return };
    let is_like_json = content_type.as_bytes().to_ascii_lowercase().windows(4).any(|part| part == b"json");
    let result = read(content_type, body);
    assert!(is_like_json || result.as_ref().is_err_and(|problem| problem.slug == "unsupported-media-type"));
    if body.len() <= MAX_BODY_BYTES {
        check(read(HeaderValue::from_static("application/json;;charset=utf-8"), body), body);
    }
});

fn read(content_type: HeaderValue, body: &[u8]) -> Result<Sample, Problem> {
    let mut request = Request::new(Body::from(body.to_vec()));
    request.headers_mut().insert(header::CONTENT_TYPE, content_type);
    now(JsonBody::from_request(request, &())).map(|JsonBody(sample)| sample)
}

fn check(result: Result<Sample, Problem>, body: &[u8]) {
    match result {
        Ok(sample) => {
            let json: BTreeMap<String, &RawValue> = serde_json::from_slice(body).expect("an object");
            let value = |name| json.get(name).and_then(|json| serde_json::from_str::<Value>(json.get()).ok());
            assert_eq!(value("from"), Some(sample.from.into()));
            assert_eq!(value("note").unwrap_or_default(), Value::from(sample.note));
            assert!(json.len() <= 3, "a field that nobody knows");
            check_integer(sample.amount, json.get("amount").expect("an amount").get());
        }
        Err(problem) if problem.slug == "malformed-request" => {
            assert!(serde_json::from_slice::<Value>(body).is_err(), "JSON is malformed");
            assert_eq!(problem.errors[0].field, "body");
        }
        Err(problem) => assert!(problem.slug == "invalid-value" && !problem.errors.is_empty(), "{problem:?}"),
    }
}

/// Compares an integer with the same number read as a float. A number that is no `Integer` must not parse as `i64`.
fn check_integer(read: Integer, written: &str) {
    let number = serde_json::from_str::<Value>(written).ok().and_then(|value| value.as_f64());
    match read.get() {
        Some(integer) => {
            assert_eq!(number, Some(integer as f64), "{written}");
            for same in [format!("{integer}"), format!("{integer}.0"), format!("{integer}.00e0")] {
                let again: Integer = serde_json::from_str(&same).expect("JSON");
                assert_eq!(again, read, "{same}");
            }
        }
        None => assert!(serde_json::from_str::<i64>(written).is_err(), "{written}"),
    }
}
