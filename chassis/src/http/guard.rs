//! Admission of a request to a route.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;

use super::endpoint::respond;
use super::rate_limit::Admission;
use super::{Authenticator, Caller, CredentialError, Problem, RateLimits};
use crate::metrics::Credential;
use crate::types::Scope;

/// Identifies callers, enforces their quotas, and authorizes them.
#[derive(Clone)]
pub struct Guard {
    pub authenticator: Arc<Authenticator>,
    pub rate_limits: Option<Arc<RateLimits>>,
}

impl Guard {
    /// Returns the response of `route`, which may need a scope, or a refusal.
    pub(super) async fn admit(&self, mut request: Request, route: Route, scope: Option<Scope>) -> Response {
        let admission = match &self.rate_limits {
            Some(limits) => limits.admit(&self.authenticator, request.headers()).await,
            None => Admission::unlimited(self.authenticator.identify(request.headers()).await),
        };
        let admitted = match &admission.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => admission.caller.clone().and_then(|caller| authorize(caller, scope)),
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
            Err(CredentialError::InsufficientScope { scope, credential }.into())
        }
        _ => Ok(caller),
    }
}
