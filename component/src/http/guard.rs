//! What stands before the protected routes.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;

use super::endpoint::answer;
use super::{ApiError, Authenticator, Caller, RateLimits};
use crate::domain::Scope;
use crate::metrics::Credential;

/// Finds out who asks, counts, and only then refuses or lets through, so that nobody can try many keys.
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
        let caller = self.authenticator.identify(request.headers()).await.map(Arc::new);
        let known = caller.as_ref().ok().cloned();
        let counted = match &self.rate_limits {
            Some(limits) => limits.count(known.as_deref(), request.headers()).await,
            None => Ok(None),
        };
        let admitted = match &counted {
            Err(error) => Err(error.clone()),
            Ok(Some(counted)) if !counted.is_allowed() => Err(counted.refusal()),
            Ok(_) => caller.and_then(|caller| self.authorize(caller, request.method())),
        };
        let mut response = match admitted {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                answer(route, request).await
            }
            Err(error) => error.into_response(),
        };
        if let Ok(Some(counted)) = counted {
            counted.add_fields(response.headers_mut());
        }
        if let Some(caller) = known {
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
        Err(ApiError::InsufficientScope { scope, credential: caller.credential.unwrap_or(Credential::ApiKey) })
    }
}
