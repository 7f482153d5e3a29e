//! What the router does around every handler.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};

use super::ApiError;
use crate::ports::System;

/// How long a request may take. The shim of SpinKube has no such limit of its own.
#[derive(Clone)]
pub struct Deadline {
    /// The clock.
    pub system: Arc<dyn System>,
    /// From the moment that the router has the request.
    pub timeout: Duration,
}

/// Hands the route's template on with the answer, for those who count and log it: only inside the
/// router is it known.
pub async fn remember_endpoint(endpoint: Option<MatchedPath>, request: Request, next: Next) -> Response {
    with_endpoint(next.run(request).await, endpoint)
}

/// The same, and gives a request up at its deadline.
pub async fn oversee(
    State(deadline): State<Deadline>,
    endpoint: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    deadline.keep(next.run(request), endpoint).await
}

/// For a method that the route does not have, whoever asks.
pub async fn method_not_allowed(endpoint: Option<MatchedPath>) -> Response {
    with_endpoint(ApiError::MethodNotAllowed.into_response(), endpoint)
}

impl Deadline {
    /// The answer of `work`, or that it took too long; and which endpoint it is of.
    pub(super) async fn keep(&self, work: impl Future<Output = Response>, endpoint: Option<MatchedPath>) -> Response {
        // The timer is set when the handler has to wait for the first time: small ones never do.
        let response = match select(pin!(work), self.system.sleep(self.timeout)).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => ApiError::TimedOut.into_response(),
        };
        with_endpoint(response, endpoint)
    }
}

fn with_endpoint(mut response: Response, endpoint: Option<MatchedPath>) -> Response {
    if let Some(endpoint) = endpoint {
        response.extensions_mut().insert(endpoint);
    }
    response
}
