//! Cross-origin requests (the Fetch standard's CORS protocol).

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::CorsOrigins;

/// How long a browser may remember a preflight: an hour; the browsers' own bounds are a day and less.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

const METHODS: [Method; 5] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE];

/// What a page may send beside what any page may.
const REQUEST_HEADERS: [HeaderName; 9] = [
    HeaderName::from_static("x-api-key"),
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// What a page may read beside what any page may.
const RESPONSE_HEADERS: [HeaderName; 9] = [
    header::ETAG,
    header::LINK,
    header::LOCATION,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("idempotent-replayed"),
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("x-request-id"),
];

/// Answers preflights, and says of each answer who may read it. Cookies and the like are never
/// allowed, so that a page can only use a key or token that it was given.
pub fn cors(origins: &CorsOrigins) -> Option<CorsLayer> {
    let (allowed, vary) = match origins {
        CorsOrigins::None => return None,
        CorsOrigins::Any => (AllowOrigin::any(), Vec::new()),
        CorsOrigins::List(origins) => {
            let origins = origins.iter().filter_map(|origin| HeaderValue::try_from(origin).ok());
            (AllowOrigin::list(origins), vec![header::ORIGIN])
        }
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods(METHODS)
        .allow_headers(REQUEST_HEADERS)
        .expose_headers(RESPONSE_HEADERS)
        .max_age(MAX_AGE)
        .vary(vary);
    Some(layer)
}
