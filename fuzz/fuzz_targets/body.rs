//! JSON bodies. The first line is the `Content-Type`, the rest the body.
#![no_main]

use api::http::{ApiError, JsonBody, MAX_BODY_BYTES};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, header};
use fuzz::{first_line, now};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Of the shape of the API's own: integers, texts, and one that may be left out.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    from: String,
    amount: i64,
    note: Option<String>,
}

fuzz_target!(|data: &[u8]| {
    let (content_type, body) = first_line(data);
    let Ok(content_type) = HeaderValue::from_bytes(content_type) else { return };
    let is_like_json = content_type.as_bytes().to_ascii_lowercase().windows(4).any(|part| part == b"json");
    let result = read(content_type, body);
    assert!(is_like_json || matches!(result, Err(ApiError::UnsupportedMediaType)));
    if body.len() <= MAX_BODY_BYTES {
        check(read(HeaderValue::from_static("application/json"), body), body);
    }
});

fn read(content_type: HeaderValue, body: &[u8]) -> Result<Sample, ApiError> {
    let mut request = Request::new(Body::from(body.to_vec()));
    request.headers_mut().insert(header::CONTENT_TYPE, content_type);
    now(JsonBody::from_request(request, &())).map(|JsonBody(sample)| sample)
}

fn check(result: Result<Sample, ApiError>, body: &[u8]) {
    let json = serde_json::from_slice::<Value>(body);
    match result {
        Ok(sample) => {
            let json = json.expect("JSON");
            assert_eq!(json.get("from").and_then(Value::as_str), Some(sample.from.as_str()));
            assert_eq!(json.get("amount").and_then(Value::as_i64), Some(sample.amount));
            assert_eq!(json.get("note").and_then(Value::as_str), sample.note.as_deref());
            assert!(json.as_object().is_some_and(|object| object.len() <= 3), "a field that nobody knows");
            let again = serde_json::to_vec(&sample).expect("JSON");
            assert!(read(HeaderValue::from_static("application/json"), &again).is_ok());
        }
        Err(ApiError::Malformed(error)) => {
            assert!(json.is_err(), "JSON is malformed");
            assert_eq!(error.field, "body");
        }
        Err(ApiError::InvalidValue(errors)) => assert!(!errors.is_empty()),
        Err(error) => panic!("{error:?}"),
    }
}
