//! What every request and every response has in common: ids, logs, counts, common headers, problem documents.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use tower::Service;

use super::body::declared_length;
use super::headers::X_REQUEST_ID;
use super::problem::{PROBLEM_JSON, Problem};
use super::{TraceContext, came_over_tls, conditional, is_browser, page};
use crate::config::{CommonSettings, ConfigProblem};
use crate::log::{Level, Log, REQUEST, Value};
use crate::metrics::{Recorder, RequestSample};
use crate::ports::System;
use crate::types::{Caller, Identity, Timestamp, is_plain, uuid_v7};

/// Longest request id that a caller may choose, in characters: it goes into every log line.
const MAX_REQUEST_ID_LENGTH: usize = 128;

/// A year (RFC 6797), without `includeSubDomains`, because subdomains may have other owners.
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

const UNMATCHED: &str = "unmatched";

/// Endpoints whose requests are logged at `debug`.
const PROBES: [&str; 4] = ["/health", "/healthcheck", "/readiness", "/metrics"];

/// Endpoints whose JSON a browser gets as a page.
const PAGES: [&str; 4] = ["/", "/health", "/healthcheck", "/readiness"];

pub struct Envelope {
    pub log: Arc<Log>,
    pub metrics: Option<Arc<Recorder>>,
    pub settings: CommonSettings,
}

struct Context {
    id: String,
    method: Method,
    path: String,
    trace: Option<TraceContext>,
    is_over_tls: bool,
    is_browser: bool,
    came_at: Timestamp,
    began: Duration,
}

impl Envelope {
    /// Logs the problems of a component whose settings can't be used.
    pub fn misconfigured(problems: &[ConfigProblem], system: Arc<dyn System>) -> Self {
        let settings = CommonSettings::default();
        let log = Arc::new(settings.log(system));
        for problem in problems {
            let mut fields = vec![("variable", problem.variable.into())];
            fields.extend(problem.cause.as_deref().map(|cause| ("cause", cause.into())));
            log.error(&problem.to_string(), &fields);
        }
        Self { log, metrics: None, settings }
    }

    pub async fn serve(&self, router: &mut Router, request: Request<Body>) -> Response<Body> {
        let context = self.begin(&request);
        let conditions = conditional::of_read(&request);
        let mut response = router.call(request).await.unwrap_or_else(|never| match never {});
        if let Some(conditions) = conditions {
            conditional::apply(conditions, &mut response);
        }
        let problem = response.extensions_mut().remove::<Problem>();
        if let Some(problem) = &problem {
            self.account_for(problem, &context);
            write_problem(&mut response, problem, &context);
        }
        if context.is_browser && (problem.is_some() || PAGES.contains(&endpoint(&response))) {
            page::show(&mut response, self.settings.docs_enabled);
        }
        finish(&mut response, &context);
        self.end(&response, &context).await;
        response
    }

    fn begin(&self, request: &Request<Body>) -> Context {
        if let Some(metrics) = &self.metrics {
            metrics.request_started();
        }
        let system = &*self.log.system;
        let came_at = system.now();
        Context {
            id: request_id(request, came_at, system),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            trace: TraceContext::of(request.headers()),
            is_over_tls: came_over_tls(request.headers(), self.settings.trusted_proxies),
            is_browser: is_browser(request.headers()),
            came_at,
            began: system.elapsed(),
        }
    }

    fn account_for(&self, problem: &Problem, context: &Context) {
        if let Some(cause) = &problem.cause {
            self.log.error(cause, &[("request_id", context.id.as_str().into())]);
        }
        if let (Some(metrics), Some(failure)) = (&self.metrics, problem.auth_failure) {
            metrics.count(failure);
        }
    }

    async fn end(&self, response: &Response<Body>, context: &Context) {
        let duration = self.log.system.elapsed().saturating_sub(context.began);
        let endpoint = endpoint(response);
        let identity = response.extensions().get::<Arc<Caller>>().map(|caller| &caller.identity);
        let level = if PROBES.contains(&endpoint) { Level::Debug } else { Level::Info };
        if self.log.is_written(level) {
            let fields = log_fields(response, context, endpoint, identity, duration);
            self.log.write_at(context.came_at.after(duration), level, REQUEST, &fields);
        }
        if let Some(metrics) = &self.metrics {
            if let Some((identity, credential)) = identity.and_then(|one| Some((one, one.credential()?))) {
                metrics.authenticated(credential, identity.name().map_or("", |name| name.as_str()));
            }
            let (method, status) = (method_label(&context.method), response.status().as_u16());
            metrics.request_ended(RequestSample { method, endpoint, status, duration }).await;
        }
    }
}

fn endpoint(response: &Response<Body>) -> &str {
    response.extensions().get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str)
}

fn log_fields<'a>(
    response: &'a Response<Body>,
    context: &'a Context,
    endpoint: &'a str,
    identity: Option<&'a Identity>,
    duration: Duration,
) -> Vec<(&'static str, Value<'a>)> {
    let mut fields: Vec<(&'static str, Value<'_>)> = vec![
        ("method", context.method.as_str().into()),
        ("endpoint", endpoint.into()),
        ("path", context.path.as_str().into()),
        ("status", u64::from(response.status().as_u16()).into()),
        ("duration_ms", (duration.as_micros() as f64 / 1000.0).into()),
        ("bytes", declared_length(response.headers()).unwrap_or_default().into()),
        ("request_id", context.id.as_str().into()),
    ];
    match identity {
        Some(Identity::Key { name: None, fingerprint }) => fields.push(("key", fingerprint.as_str().into())),
        Some(Identity::Key { name: Some(name), fingerprint }) => {
            fields.push(("key", name.as_str().into()));
            // Distinguishes two keys of one name during a rotation.
            fields.push(("key_fingerprint", fingerprint.as_str().into()));
        }
        Some(Identity::Token { subject, .. }) => fields.push(("subject", subject.as_str().into())),
        Some(Identity::Anyone) | None => {}
    }
    if let Some(trace) = &context.trace {
        fields.push(("trace_id", trace.trace_id.as_str().into()));
        fields.push(("span_id", trace.parent_id.as_str().into()));
    }
    fields
}

/// Returns a method of RFC 9110 or RFC 5789, or `other`: clients may invent any number of them.
fn method_label(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"];
    known.into_iter().find(|known| method == known).unwrap_or("other")
}

/// Returns the caller's id if it is plain, else a UUID of version 7, so that ids sort by time.
fn request_id(request: &Request<Body>, came_at: Timestamp, system: &dyn System) -> String {
    let given = request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = given.filter(|id| is_plain(id, MAX_REQUEST_ID_LENGTH));
    plain.map_or_else(|| uuid_v7(came_at, system.random()).to_string(), str::to_owned)
}

fn write_problem(response: &mut Response<Body>, problem: &Problem, context: &Context) {
    let trace_id = context.trace.as_ref().map(|trace| trace.trace_id.as_str());
    let body = problem.to_json(&context.id, trace_id);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = if context.method == Method::HEAD { Body::empty() } else { Body::from(body) };
}

fn finish(response: &mut Response<Body>, context: &Context) {
    if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        // axum sets a length of 0, which neither status may have (RFC 9110 section 8.6).
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(&context.id) {
        headers.insert(X_REQUEST_ID, value);
    }
    if context.is_over_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
