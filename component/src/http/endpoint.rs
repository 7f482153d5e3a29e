//! What the router does around every handler.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::poll;
use tower_layer::Layer;
use tower_service::Service;

use super::body::Receipt;
use super::{ApiError, Guard};
use crate::ports::System;

/// Asks the guard, where routes have one; gives a request up at its deadline; and hands the route's template on with
/// the answer, for those who count and log it, because only inside the router is it known.
///
/// It is one layer, because a layer costs more than what most of them do, and one of `tower`'s, because a layer of
/// axum's `from_fn` costs twice as much.
#[derive(Clone)]
pub struct Oversight(Arc<Overseer>);

/// A route that is overseen.
#[derive(Clone)]
pub struct Overseen {
    overseer: Arc<Overseer>,
    route: Route,
}

struct Overseer {
    guard: Option<Guard>,
    deadline: Deadline,
}

/// How long a request may take. The shim of SpinKube has no such limit of its own.
#[derive(Clone)]
pub struct Deadline {
    /// The clock.
    pub system: Arc<dyn System>,
    /// From the moment that the router has the request.
    pub timeout: Duration,
}

/// Hands on the route's template alone.
pub async fn remember_endpoint(endpoint: Option<MatchedPath>, request: Request, next: Next) -> Response {
    with_endpoint(next.run(request).await, endpoint)
}

/// For a method that the route does not have, whoever asks.
pub async fn method_not_allowed(endpoint: Option<MatchedPath>) -> Response {
    with_endpoint(ApiError::MethodNotAllowed.into_response(), endpoint)
}

/// The answer of a route.
pub(super) async fn answer(mut route: Route, request: Request) -> Response {
    route.call(request).await.unwrap_or_else(|never| match never {})
}

impl Oversight {
    /// Of routes that `guard` stands before, or that are open to everybody.
    pub fn new(guard: Option<Guard>, deadline: Deadline) -> Self {
        Self(Arc::new(Overseer { guard, deadline }))
    }
}

impl Layer<Route> for Oversight {
    type Service = Overseen;

    fn layer(&self, route: Route) -> Overseen {
        Overseen { overseer: self.0.clone(), route }
    }
}

impl Service<Request> for Overseen {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    /// Routes are always ready.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let Self { overseer, route } = self.clone();
        Box::pin(async move {
            let endpoint = request.extensions().get::<MatchedPath>().cloned();
            let receipt = (!request.body().is_end_stream()).then(Receipt::default);
            if let Some(receipt) = &receipt {
                request.extensions_mut().insert(receipt.clone());
            }
            let response = match &overseer.guard {
                Some(guard) => overseer.deadline.keep(pin!(guard.admit(request, route)), receipt).await,
                None => overseer.deadline.keep(pin!(answer(route, request)), receipt).await,
            };
            Ok(with_endpoint(response, endpoint))
        })
    }
}

impl Deadline {
    /// Returns the response of `work`, or a timeout: 408 if the client has not sent the body, else 504.
    async fn keep(&self, mut work: Pin<&mut impl Future<Output = Response>>, receipt: Option<Receipt>) -> Response {
        // Most requests never wait, and need no timer.
        if let Poll::Ready(response) = poll!(&mut work) {
            return response;
        }
        match select(work, self.system.sleep(self.timeout)).await {
            Either::Left((response, _)) => response,
            Either::Right(_) if receipt.is_some_and(|receipt| receipt.is_awaited()) => {
                ApiError::RequestTimedOut.into_response()
            }
            Either::Right(_) => ApiError::TimedOut.into_response(),
        }
    }
}

fn with_endpoint(mut response: Response, endpoint: Option<MatchedPath>) -> Response {
    if let Some(endpoint) = endpoint {
        response.extensions_mut().insert(endpoint);
    }
    response
}
