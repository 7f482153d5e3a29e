//! Problem documents (RFC 9457), with the types and texts of the API.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// What went wrong; the envelope writes the document, because it knows the request's id.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: String,
}

impl Problem {
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "No such resource", "No route has this path.")
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "The header Allow lists the methods of this path.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    pub(crate) fn unauthorized(detail: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not authenticated", detail)
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", "Malformed request", detail)
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", "Invalid value", detail)
    }

    pub(crate) fn user_not_found(user: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "user-not-found", "No such user", format!("The user '{user}' does not exist."))
    }

    pub(crate) fn not_enough(user: &str) -> Self {
        let detail = format!("The user '{user}' has fewer tocos than the amount.");
        Self::new(StatusCode::CONFLICT, "not-enough-tocos", "Not enough tocos", detail)
    }

    pub(crate) fn too_many(user: &str) -> Self {
        let detail = format!("The user '{user}' would have more than 9007199254740991 tocos.");
        Self::new(StatusCode::CONFLICT, "too-many-tocos", "Too many tocos", detail)
    }

    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        eprintln!("{}", json!({"level": "error", "message": error.to_string()}));
        let detail = "The log has the details under this request's id.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
    }

    /// The document.
    pub(crate) fn document(&self, request_id: &str) -> String {
        json!({
            "type": format!("urn:mini-api:problem:{}", self.slug),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "request_id": request_id,
        })
        .to_string()
    }

    fn new(status: StatusCode, slug: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, slug, title, detail: detail.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("ApiKey realm=\"mini-api\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self);
        response
    }
}
