//! The layer around every handler: admission and deadline.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use futures_util::future::BoxFuture;
use tower_layer::Layer;
use tower_service::Service;

use super::body::Receipt;
use super::rate_limit::Admission;
use super::{Authenticator, Problem, RateLimits};
use crate::metrics::Credential;
use crate::ports::System;
use crate::types::{Caller, Scope};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone, without a limit.
    Open,
    /// Every identified caller.
    Identified,
    /// Callers with a scope.
    Scoped(Scope),
}

/// Admits requests to a route, enforces the deadline, and adds the route's template to the response for the envelope. One
/// layer of `tower`, because each costs more than most of these steps, and axum's `from_fn` twice as much.
#[derive(Clone)]
pub struct EndpointLayer(Arc<Policy>);

#[derive(Clone)]
pub struct Endpoint {
    policy: Arc<Policy>,
    route: Route,
}

struct Policy {
    access: Access,
    guard: Guard,
    system: Arc<dyn System>,
    /// From the moment that the router has the request. The shim of SpinKube has no time limit of its own.
    timeout: Duration,
}

#[derive(Clone)]
pub struct Guard {
    pub authenticator: Arc<Authenticator>,
    pub rate_limits: Option<Arc<RateLimits>>,
}

/// A middleware that adds the route's template.
pub async fn remember_endpoint(endpoint: Option<MatchedPath>, request: Request, next: Next) -> Response {
    with_endpoint(next.run(request).await, endpoint)
}

/// Responds to methods that a route lacks, to every caller.
pub async fn method_not_allowed(endpoint: Option<MatchedPath>) -> Response {
    with_endpoint(Problem::method_not_allowed().into_response(), endpoint)
}

async fn respond(mut route: Route, request: Request) -> Response {
    route.call(request).await.unwrap_or_else(|never| match never {})
}

impl Access {
    pub fn scope(self) -> Option<Scope> {
        if let Self::Scoped(scope) = self { Some(scope) } else { None }
    }
}

impl EndpointLayer {
    pub fn new(access: Access, guard: Guard, system: Arc<dyn System>, timeout: Duration) -> Self {
        Self(Arc::new(Policy { access, guard, system, timeout }))
    }
}

impl Layer<Route> for EndpointLayer {
    type Service = Endpoint;

    fn layer(&self, route: Route) -> Endpoint {
        Endpoint { policy: self.0.clone(), route }
    }
}

impl Service<Request> for Endpoint {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // Routes are always ready.
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let Self { policy, route } = self.clone();
        Box::pin(async move {
            let endpoint = request.extensions().get::<MatchedPath>().cloned();
            let receipt = (!request.body().is_end_stream()).then(Receipt::default);
            if let Some(receipt) = &receipt {
                request.extensions_mut().insert(receipt.clone());
            }
            // 408 if the client has not sent the body, else 504.
            let response = match policy.system.timeout(policy.timeout, policy.admit(request, route)).await {
                Some(response) => response,
                None if receipt.is_some_and(|receipt| receipt.is_awaited()) => {
                    Problem::request_timed_out().into_response()
                }
                None => Problem::timed_out().into_response(),
            };
            Ok(with_endpoint(response, endpoint))
        })
    }
}

impl Policy {
    async fn admit(&self, mut request: Request, route: Route) -> Response {
        if self.access == Access::Open {
            return respond(route, request).await;
        }
        let Guard { authenticator, rate_limits } = &self.guard;
        let admission = match rate_limits {
            Some(limits) => limits.admit(authenticator, request.headers()).await,
            None => Admission::unlimited(authenticator.identify(request.headers()).await),
        };
        let admitted = match &admission.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => admission.caller.clone().and_then(|caller| authorize(caller, self.access.scope())),
        };
        let mut response = match admitted {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                respond(route, request).await
            }
            Err(problem) => problem.into_response(),
        };
        admission.add_fields(response.headers_mut());
        if let Ok(caller) = admission.caller {
            // For the envelope, which logs it.
            response.extensions_mut().insert(caller);
        }
        response
    }
}

fn authorize(caller: Arc<Caller>, scope: Option<Scope>) -> Result<Arc<Caller>, Problem> {
    match scope {
        Some(scope) if !caller.scopes.contains(scope) => {
            let credential = caller.identity.credential().unwrap_or(Credential::ApiKey);
            Err(Problem::insufficient_scope(scope, credential))
        }
        _ => Ok(caller),
    }
}

fn with_endpoint(mut response: Response, endpoint: Option<MatchedPath>) -> Response {
    if let Some(endpoint) = endpoint {
        response.extensions_mut().insert(endpoint);
    }
    response
}
