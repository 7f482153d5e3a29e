//! Problem details (RFC 9457).

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::FieldError;

/// The media type of a problem (RFC 9457 section 6.1).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One problem, as it is told to the client.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    detail: Option<String>,
    errors: Vec<FieldError>,
}

/// A problem document (RFC 9457), with its members in the order in which a person wants to read them.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document<'a> {
    /// What kind of problem it is: `urn:mini-api:problem:` and a name that never changes its meaning.
    r#type: String,
    /// The kind, for people.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What is wrong with this very request.
    detail: String,
    /// The id of the request, under which the log has more.
    request_id: &'a str,
    /// The trace of the request, if `traceparent` named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    trace_id: Option<&'a str>,
    /// Every field that is wrong.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

/// Under which ids the log has more.
#[derive(Clone, Copy, Debug)]
pub(super) struct References<'a> {
    pub(super) request_id: &'a str,
    pub(super) trace_id: Option<&'a str>,
}

impl Problem {
    /// A problem of the type `urn:mini-api:problem:<slug>`. Types never change their meaning.
    pub(super) fn new(status: StatusCode, slug: &'static str, title: &'static str) -> Self {
        Self { status, slug, title, detail: None, errors: Vec::new() }
    }

    /// Says what is wrong with this very request.
    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Lists the fields that are wrong; without a detail of its own the problem says them there too.
    pub(super) fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The document.
    pub(super) fn to_json(&self, References { request_id, trace_id }: References<'_>) -> Vec<u8> {
        let document = Document {
            r#type: format!("urn:mini-api:problem:{}", self.slug),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail.clone().unwrap_or_else(|| self.errors_as_text()),
            request_id,
            trace_id,
            errors: &self.errors,
        };
        // A struct of strings and a number always serializes.
        serde_json::to_vec(&document).unwrap_or_default()
    }

    fn errors_as_text(&self) -> String {
        let lines: Vec<_> = self.errors.iter().map(|error| format!("{}: {}", error.field, error.detail)).collect();
        lines.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(problem: &Problem) -> serde_json::Value {
        serde_json::from_slice(&problem.to_json(References { request_id: "r-1", trace_id: None })).unwrap()
    }

    #[test]
    fn a_problem_has_the_members_of_the_rfc() {
        let problem = Problem::new(StatusCode::NOT_FOUND, "not-found", "No such resource").detail("Nothing here.");
        assert_eq!(
            document(&problem),
            serde_json::json!({
                "type": "urn:mini-api:problem:not-found",
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
            .errors(vec![FieldError::new("user", "is long"), FieldError::new("tocos", "is negative")]);
        let document = document(&problem);
        assert_eq!(document["detail"], "user: is long; tocos: is negative");
        assert_eq!(document["errors"][1]["field"], "tocos");
    }
}
