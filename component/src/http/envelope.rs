//! What every request and every answer has in common.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use tower_service::Service;
use uuid::Uuid;

use super::error::ApiError;
use super::problem::PROBLEM_JSON;
use crate::log::{self, Level};
use crate::ports::System;

/// The name under which log lines, problems and answers carry a request's id.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over from a caller, in characters: it goes into every log line.
const MAX_REQUEST_ID_LENGTH: usize = 128;

/// Serves `request` by `router`, writes a failure as a problem, and sets the headers that every
/// answer has.
pub async fn envelop(router: &mut Router, system: &dyn System, request: Request<Body>) -> Response<Body> {
    let request_id = request_id(&request, system);
    let is_head = request.method() == Method::HEAD;
    let mut response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        log_internal_detail(&error, system, &request_id);
        write_problem(&mut response, &error, &request_id, is_head);
    }
    if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        // Neither has content, and axum's length of 0 would be no length of theirs (RFC 9110 section 8.6).
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(request_id) {
        headers.insert(X_REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The caller's id where it is sane, else a new one (a UUID of version 7, so that ids sort by time).
fn request_id(request: &Request<Body>, system: &dyn System) -> String {
    let given = request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if is_sane(id) => id.to_owned(),
        _ => new_uuid(system).to_string(),
    }
}

fn is_sane(id: &str) -> bool {
    (1..=MAX_REQUEST_ID_LENGTH).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn new_uuid(system: &dyn System) -> Uuid {
    let since_epoch = system.now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
    let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, ..] = system.random();
    uuid::Builder::from_unix_timestamp_millis(millis, &[r0, r1, r2, r3, r4, r5, r6, r7, r8, r9]).into_uuid()
}

fn log_internal_detail(error: &ApiError, system: &dyn System, request_id: &str) {
    if let Some(detail) = error.internal_detail() {
        log::write(Level::Error, system.now(), &detail, &[("request_id", request_id)]);
    }
}

fn write_problem(response: &mut Response<Body>, error: &ApiError, request_id: &str, is_head: bool) {
    let body = error.problem().to_json(request_id);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = if is_head { Body::empty() } else { Body::from(body) };
}
