//! What stands before the protected routes.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;

use super::endpoint::answer;
use super::rate_limit::Counted;
use super::{ApiError, Authenticator, Caller, RateLimits};
use crate::domain::Scope;
use crate::metrics::Credential;

/// Identifies and counts each request, and refuses what is not for its caller.
pub struct Guard {
    /// Who it is.
    pub authenticator: Arc<Authenticator>,
    /// How often; nothing where nobody counts.
    pub rate_limits: Option<Arc<RateLimits>>,
    /// Whether the routes ask for a scope.
    pub is_scoped: bool,
}

impl Guard {
    /// The answer of `route`, or that it is not for this caller.
    pub(super) async fn admit(&self, mut request: Request, route: Route) -> Response {
        let counted = match &self.rate_limits {
            Some(limits) => limits.count(&self.authenticator, request.headers()).await,
            None => Counted::uncounted(self.authenticator.identify(request.headers()).await),
        };
        let admitted = match counted.refusal.clone() {
            Some(refusal) => Err(refusal),
            None => counted.caller.clone().and_then(|caller| self.authorize(caller, request.method())),
        };
        let mut response = match admitted {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                answer(route, request).await
            }
            Err(error) => error.into_response(),
        };
        counted.add_fields(response.headers_mut());
        if let Ok(caller) = counted.caller {
            // For the log, which comes after.
            response.extensions_mut().insert(caller);
        }
        response
    }

    /// A caller who may do what the method does: `tocos:read` for the safe ones (RFC 9110 section 9.2.1),
    /// `tocos:write` for the others.
    fn authorize(&self, caller: Arc<Caller>, method: &Method) -> Result<Arc<Caller>, ApiError> {
        let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let scope = if is_safe { Scope::TocosRead } else { Scope::TocosWrite };
        if !self.is_scoped || caller.scopes.contains(scope) {
            return Ok(caller);
        }
        Err(ApiError::InsufficientScope {
            scope,
            credential: caller.identity.credential().unwrap_or(Credential::ApiKey),
        })
    }
}
