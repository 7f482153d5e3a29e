//! The route's template of a request, for those who count and log it.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Hands the template on with the answer; only inside the router is it known.
pub async fn remember_endpoint(endpoint: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(endpoint) = endpoint {
        response.extensions_mut().insert(endpoint);
    }
    response
}
