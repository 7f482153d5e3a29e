//! What every request has: an id, a line in the log, a count and a duration.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::body::{Body, HttpBody as _};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response, header};
use axum::middleware::Next;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder};
use serde::Serialize;

use crate::problem::Problem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The buckets of the API.
const BUCKETS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
}

/// Who sent the request: a fingerprint of the key.
#[derive(Clone)]
pub(crate) struct Caller(pub(crate) String);

#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    request_id: &'a str,
    method: &'a str,
    endpoint: &'a str,
    path: &'a str,
    status: u16,
    duration_ms: f64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

impl Metrics {
    pub(crate) fn new() -> prometheus::Result<Self> {
        let labels = ["method", "endpoint", "status"];
        let requests = IntCounterVec::new(Opts::new("http_requests_total", "Requests that were answered."), &labels)?;
        let options = HistogramOpts::new("http_request_duration_seconds", "How long they took.");
        let durations = HistogramVec::new(options.buckets(BUCKETS.into()), &["method", "endpoint"])?;
        let registry = Registry::new();
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        Ok(Self { registry, requests, durations })
    }

    pub(crate) fn text(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    fn count(&self, method: &str, endpoint: &str, status: u16, duration: Duration) {
        self.requests.with_label_values(&[method, endpoint, &status.to_string()]).inc();
        self.durations.with_label_values(&[method, endpoint]).observe(duration.as_secs_f64());
    }
}

pub(crate) async fn envelope(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let endpoint = request.extensions().get::<MatchedPath>().cloned();
    let endpoint = endpoint.as_ref().map_or("unmatched", MatchedPath::as_str);
    let id = request_id(&request);
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let document = problem.document(&id);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().insert(header::CONTENT_LENGTH, document.len().into());
        *response.body_mut() = Body::from(document);
    }
    finish(&mut response, &id);
    let duration = began.elapsed();
    if !matches!(endpoint, "/health" | "/metrics") {
        log(&response, (&id, &method, endpoint, &path), duration);
    }
    metrics.count(label(&method), endpoint, response.status().as_u16(), duration);
    response
}

fn finish(response: &mut Response<Body>, id: &str) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

fn log(response: &Response<Body>, request: (&str, &Method, &str, &str), duration: Duration) {
    let (request_id, method, endpoint, path) = request;
    let line = Line {
        timestamp: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        level: "info",
        message: "request",
        request_id,
        method: method.as_str(),
        endpoint,
        path,
        status: response.status().as_u16(),
        duration_ms: duration.as_micros() as f64 / 1000.0,
        bytes: response.body().size_hint().exact().unwrap_or_default(),
        key: response.extensions().get::<Caller>().map(|caller| caller.0.as_str()),
    };
    if let Ok(mut text) = serde_json::to_vec(&line) {
        text.push(b'\n');
        // Nobody could be told that the log is gone.
        let _ = std::io::stderr().lock().write_all(&text);
    }
}

fn request_id(request: &Request) -> String {
    let is_plain = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let given = request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(is_plain);
    given.map_or_else(|| uuid::Uuid::now_v7().to_string(), ToOwned::to_owned)
}

/// Methods are bounded; clients may invent as many as they like.
fn label(method: &Method) -> &str {
    match *method {
        Method::GET | Method::PUT | Method::POST | Method::HEAD | Method::DELETE => method.as_str(),
        _ => "other",
    }
}
