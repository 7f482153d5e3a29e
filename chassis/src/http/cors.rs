use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::headers::{
    IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, RATELIMIT, RATELIMIT_POLICY, TRACEPARENT, TRACESTATE, X_API_KEY, X_REQUEST_ID,
};
use crate::config::CorsOrigins;

/// How long a browser may cache a preflight. Browsers themselves allow at most two hours to a day.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Request headers in addition to those that every page may send.
const REQUEST_HEADERS: [HeaderName; 9] = [
    X_API_KEY,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    IDEMPOTENCY_KEY,
    X_REQUEST_ID,
    TRACEPARENT,
    TRACESTATE,
];

/// Response headers in addition to those that every page may read.
const RESPONSE_HEADERS: [HeaderName; 9] = [
    header::ETAG,
    header::LINK,
    header::LOCATION,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    IDEMPOTENT_REPLAYED,
    RATELIMIT,
    RATELIMIT_POLICY,
    X_REQUEST_ID,
];

/// Lets pages of `origins` read the responses. Credentials of the browser, such as cookies, are never allowed.
pub fn with_cors(router: Router, origins: &CorsOrigins) -> Router {
    let (allowed, vary) = match origins {
        CorsOrigins::None => return router,
        CorsOrigins::Any => (AllowOrigin::any(), Vec::new()),
        CorsOrigins::List(origins) => {
            let origins = origins.iter().filter_map(|origin| HeaderValue::try_from(origin).ok());
            (AllowOrigin::list(origins), vec![header::ORIGIN])
        }
    };
    let layer = CorsLayer::new().allow_origin(allowed).allow_methods(METHODS).allow_headers(REQUEST_HEADERS);
    router.layer(layer.expose_headers(RESPONSE_HEADERS).max_age(MAX_AGE).vary(vary))
}
