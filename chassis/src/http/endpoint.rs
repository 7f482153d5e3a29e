use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, Route};
use tower::layer::layer_fn;
use tower::{Service, service_fn};

use super::body::Receipt;
use super::rate_limit::Admission;
use super::{Authenticator, Problem, RateLimits};
use crate::metrics::Credential;
use crate::ports::System;
use crate::types::{Caller, Scope};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// For everyone, without a rate limit.
    Open,
    Identified,
    Scoped(Scope),
}

/// Admits requests to the routes of one [`Access`], and enforces the deadline.
pub struct Endpoint {
    pub access: Access,
    pub authenticator: Arc<Authenticator>,
    pub rate_limits: Option<Arc<RateLimits>>,
    pub system: Arc<dyn System>,
    /// Maximum duration, from when the router has the request. SpinKube's shim has no time limit of its own.
    pub timeout: Duration,
}

pub async fn remember_endpoint(endpoint: Option<MatchedPath>, request: Request, next: Next) -> Response {
    with_endpoint(next.run(request).await, endpoint)
}

pub async fn method_not_allowed(endpoint: Option<MatchedPath>) -> Response {
    with_endpoint(Problem::method_not_allowed().into_response(), endpoint)
}

impl Endpoint {
    /// Wraps handlers in one layer: each layer costs more than most of its steps, and axum's `from_fn` twice as much.
    pub fn wrap(self: &Arc<Self>, handlers: MethodRouter) -> MethodRouter {
        let endpoint = self.clone();
        handlers.route_layer(layer_fn(move |route: Route| {
            let endpoint = endpoint.clone();
            service_fn(move |request| endpoint.clone().respond(route.clone(), request))
        }))
    }

    async fn respond(self: Arc<Self>, route: Route, mut request: Request) -> Result<Response, Infallible> {
        let template = request.extensions().get::<MatchedPath>().cloned();
        let receipt = (!request.body().is_end_stream()).then(Receipt::default);
        if let Some(receipt) = &receipt {
            request.extensions_mut().insert(receipt.clone());
        }
        // 408 if the client has not sent the body, else 504.
        let response = match self.system.timeout(self.timeout, self.admit(request, route)).await {
            Some(response) => response?,
            None if receipt.is_some_and(|Receipt(is_awaited)| is_awaited.load(Relaxed)) => {
                Problem::request_timed_out().into_response()
            }
            None => Problem::timed_out().into_response(),
        };
        Ok(with_endpoint(response, template))
    }

    async fn admit(&self, mut request: Request, mut route: Route) -> Result<Response, Infallible> {
        if self.access == Access::Open {
            return route.call(request).await;
        }
        let admission = match &self.rate_limits {
            Some(limits) => limits.admit(&self.authenticator, request.headers()).await,
            None => Admission::uncounted(self.authenticator.identify(request.headers()).await),
        };
        let admitted = match &admission.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => admission.caller.clone().and_then(|caller| authorize(caller, self.access)),
        };
        let mut response = match admitted {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                route.call(request).await?
            }
            Err(problem) => problem.into_response(),
        };
        admission.add_fields(response.headers_mut());
        if let Ok(caller) = admission.caller {
            // For the envelope, which logs it.
            response.extensions_mut().insert(caller);
        }
        Ok(response)
    }
}

fn authorize(caller: Arc<Caller>, access: Access) -> Result<Arc<Caller>, Problem> {
    match access {
        Access::Scoped(scope) if !caller.scopes.contains(scope) => {
            let credential = caller.identity.credential().unwrap_or(Credential::ApiKey);
            Err(Problem::insufficient_scope(scope, credential))
        }
        _ => Ok(caller),
    }
}

/// Adds the route's template to the response, for the envelope.
fn with_endpoint(mut response: Response, endpoint: Option<MatchedPath>) -> Response {
    if let Some(endpoint) = endpoint {
        response.extensions_mut().insert(endpoint);
    }
    response
}
