//! The ceiling of what a component can do on a runtime: it looks at nothing but the path, and answers with the
//! bytes of the API. No key, no counts, no log, no id.

#[cfg(not(feature = "spin-4-0"))]
extern crate spin_sdk_final as spin_sdk;
#[cfg(feature = "spin-4-0")]
extern crate spin_sdk_rc as spin_sdk;

use spin_sdk::http::{HeaderMap, HeaderName, HeaderValue, IntoResponse, Request, StatusCode};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let (status, body) = match request.uri().path() {
        "/health" => (StatusCode::OK, r#"{"status":"ok"}"#),
        "/hello_world" => (StatusCode::OK, r#"{"message":"Hello World!"}"#),
        _ => (StatusCode::NOT_FOUND, "{}"),
    };
    let content_type = (HeaderName::from_static("content-type"), HeaderValue::from_static("application/json"));
    (status, HeaderMap::from_iter([content_type]), body.to_owned())
}
