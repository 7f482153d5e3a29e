//! Admission of a request to a route.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;

use super::endpoint::respond;
use super::rate_limit::Counted;
use super::{Authenticator, Caller, CredentialError, Problem, RateLimits};
use crate::metrics::Credential;
use crate::types::Scope;

/// Identifies and counts each request, and refuses what its caller is not authorized for.
#[derive(Clone)]
pub struct Guard {
    pub authenticator: Arc<Authenticator>,
    pub rate_limits: Option<Arc<RateLimits>>,
}

impl Guard {
    /// The response of `route`, or a refusal. The route needs `scope`, if any.
    pub(super) async fn admit(&self, mut request: Request, route: Route, scope: Option<Scope>) -> Response {
        let counted = match &self.rate_limits {
            Some(limits) => limits.count(&self.authenticator, request.headers()).await,
            None => Counted::uncounted(self.authenticator.identify(request.headers()).await),
        };
        let admitted = match &counted.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => counted.caller.clone().and_then(|caller| authorize(caller, scope)),
        };
        let mut response = match admitted {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                respond(route, request).await
            }
            Err(problem) => problem.into_response(),
        };
        counted.add_fields(response.headers_mut());
        if let Ok(caller) = counted.caller {
            // For the log, which comes after.
            response.extensions_mut().insert(caller);
        }
        response
    }
}

fn authorize(caller: Arc<Caller>, scope: Option<Scope>) -> Result<Arc<Caller>, Problem> {
    match scope {
        Some(scope) if !caller.scopes.contains(scope) => {
            let credential = caller.identity.credential().unwrap_or(Credential::ApiKey);
            Err(CredentialError::InsufficientScope { scope, credential }.into())
        }
        _ => Ok(caller),
    }
}
