use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use derive_more::Deref;
use serde::Serialize;
use utoipa::ToSchema;

use crate::PROBLEM_TYPE_BASE;

pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not served, for the client and the log. Boxed, because nearly every `Result` may hold one.
#[derive(Clone, Debug, Deref, PartialEq, Eq)]
#[deref(forward)]
pub struct Problem(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    pub status: StatusCode,
    pub slug: &'static str,
    pub title: &'static str,
    pub detail: Cow<'static, str>,
    pub errors: Vec<FieldError>,
    pub header: Option<(HeaderName, HeaderValue)>,
    /// Why the service failed, for the log only. Every 5xx has a cause.
    pub cause: Option<String>,
    /// The series of metrics that counts the refusal of a caller.
    pub auth_failure: Option<&'static str>,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Name of the field, the query parameter, the header or the setting.
    pub field: String,
    /// What is wrong with the value.
    pub detail: String,
}

/// Problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document<'a> {
    /// Type of the problem: `urn:mini-api:problem:` and a name whose meaning never changes.
    r#type: String,
    /// Name of the type, for people.
    title: &'a str,
    /// HTTP status of the response.
    status: u16,
    /// What is wrong with this request.
    detail: &'a str,
    /// Id of the request. Log lines have it too.
    request_id: &'a str,
    /// Trace of the request, if the request had a `traceparent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    trace_id: Option<&'a str>,
    /// One error for each wrong field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

impl FieldError {
    pub fn new(field: impl Into<String>, detail: impl ToString) -> Self {
        Self { field: field.into(), detail: detail.to_string() }
    }
}

impl Problem {
    pub fn new(status: StatusCode, slug: &'static str, title: &'static str) -> Self {
        let detail = Cow::Borrowed("");
        let (errors, header, cause, auth_failure) = (Vec::new(), None, None, None);
        Self(Box::new(Details { status, slug, title, detail, errors, header, cause, auth_failure }))
    }

    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Sets the errors. The detail lists them, unless it is set later.
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        let lines: Vec<_> = errors.iter().map(|error| format!("{}: {}", error.field, error.detail)).collect();
        self.0.errors = errors;
        self.detail(lines.join("; "))
    }

    /// Sets the header. Omits it if the value is invalid in a header.
    pub fn header(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        self.0.header = value.try_into().ok().map(|value| (name, value));
        self
    }

    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    pub(super) fn auth_failure(mut self, series: &'static str) -> Self {
        self.0.auth_failure = Some(series);
        self
    }

    pub fn to_json(&self, request_id: &str, trace_id: Option<&str>) -> Vec<u8> {
        let document = Document {
            r#type: format!("{PROBLEM_TYPE_BASE}{}", self.slug),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            request_id,
            trace_id,
            errors: &self.errors,
        };
        // A struct of strings and a number always serializes.
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

/// The body stays empty: [`super::Envelope`] writes the document, because only it knows the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let headers: HeaderMap = self.header.iter().cloned().collect();
        let mut response = (self.status, headers).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(problem: &Problem) -> serde_json::Value {
        serde_json::from_slice(&problem.to_json("r-1", None)).unwrap()
    }

    #[test]
    fn a_problem_has_the_members_of_the_rfc() {
        let problem = Problem::new(StatusCode::NOT_FOUND, "not-found", "No such resource").detail("Nothing here.");
        assert_eq!(
            document(&problem.cause("planted detail")),
            serde_json::json!({
                "type": format!("{PROBLEM_TYPE_BASE}not-found"),
                "title": "No such resource",
                "status": 404,
                "detail": "Nothing here.",
                "request_id": "r-1",
            })
        );
    }

    #[test]
    fn the_detail_names_every_field() {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", "Invalid value")
            .errors(vec![FieldError::new("user", "is long"), FieldError::new("count", "is negative")]);
        let document = document(&problem);
        assert_eq!(document["detail"], "user: is long; count: is negative");
        assert_eq!(document["errors"][1]["field"], "count");
    }
}
