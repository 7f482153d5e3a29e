//! Problems that every API has, by type. [`super::credentials`] has those of credentials.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};

use super::MAX_BODY_BYTES;
use super::headers::whole_seconds;
use super::problem::{FieldError, Problem};
use crate::config::ConfigProblem;
use crate::ports::{StoreError, Unavailable};

/// `Retry-After`, in seconds: about as long as a database needs to restart, or a lock to be released.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

impl Problem {
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "No such resource").detail("No route has this path.")
    }

    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            .detail("The header Allow lists the methods of this path.")
    }

    pub fn malformed(field: impl Into<String>, detail: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", "Malformed request")
            .errors(vec![FieldError::new(field, detail)])
    }

    pub fn invalid_values(errors: impl IntoIterator<Item = FieldError>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", "Invalid value")
            .errors(errors.into_iter().collect())
    }

    pub fn invalid_value(field: impl Into<String>, detail: impl ToString) -> Self {
        Self::invalid_values([FieldError::new(field, detail)])
    }

    pub fn unsupported_media_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type")
            .detail("Send the body as application/json.")
    }

    pub fn body_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large")
            .detail(format!("The body may have {MAX_BODY_BYTES} bytes at most."))
    }

    pub fn request_timed_out() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request-timed-out", "Request not received in time")
            .detail("The body did not arrive in time. Nothing was changed.")
    }

    pub fn timed_out() -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timed-out", "Request timed out")
            .detail("The request timed out. Its changes may have taken effect.")
            .cause("the request exceeded request_timeout")
    }

    pub fn precondition_failed() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", "Precondition failed")
            .detail("The resource does not match If-Match or If-None-Match. Get it again.")
    }

    pub fn idempotency_key_reused() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency key reused")
            .detail("Another request has used this Idempotency-Key.")
    }

    pub fn request_in_progress() -> Self {
        Self::new(StatusCode::CONFLICT, "request-in-progress", "Request in progress")
            .detail("The first request of this Idempotency-Key is still running. Try again.")
            .retry()
    }

    pub fn rate_limited(retry_after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests")
            .detail("The quota in the header RateLimit-Policy is used up. Retry after the seconds in Retry-After.")
            .header(header::RETRY_AFTER, HeaderValue::from(whole_seconds(retry_after).max(1)))
    }

    pub fn rate_limiter_unavailable(error: &Unavailable) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "rate-limiter-unavailable", "Rate limiter unavailable")
            .detail("The rate limiter is unavailable at the moment. Try again.")
            .cause(format!("rate limiter unavailable: {error}"))
            .retry()
    }

    /// A retry helps only if a provider of settings failed.
    pub fn misconfigured(problems: &[ConfigProblem]) -> Self {
        let causes: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "misconfigured", "Service misconfigured")
            .errors(problems.iter().map(|problem| FieldError::new(problem.variable, &problem.problem)).collect())
            .detail("This service has invalid settings.")
            .cause(format!("misconfigured: {}", causes.join("; ")));
        if problems.iter().any(|problem| problem.cause.is_some()) { problem.retry() } else { problem }
    }

    pub fn internal(cause: impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error")
            .detail("The log has the cause, with this request's id.")
            .cause(cause.to_string())
    }

    pub(super) fn retry(self) -> Self {
        self.header(header::RETRY_AFTER, RETRY_AFTER)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable", "Store unavailable")
                    .detail("The database is unavailable at the moment. Try again.")
                    .cause(error.to_string())
                    .retry()
            }
            StoreError::Internal(_) => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_stays_out_of_the_document() {
        for problem in [
            StoreError::Unavailable("planted detail".into()).into(),
            StoreError::Internal("planted detail".into()).into(),
            Problem::internal("planted detail"),
            Problem::rate_limiter_unavailable(&Unavailable("planted detail".into())),
        ] {
            let document = String::from_utf8(problem.to_json("r-1", None)).unwrap();
            assert!(!document.contains("planted"), "{document}");
            assert!(problem.cause.as_ref().unwrap().contains("planted detail"));
        }
    }

    #[test]
    fn only_a_failed_provider_is_worth_a_retry() {
        for (cause, expected) in [(None, false), (Some(String::new()), true)] {
            let problem = ConfigProblem { variable: "auth", problem: String::new(), cause };
            assert_eq!(Problem::misconfigured(&[problem]).header.is_some(), expected);
        }
    }
}
