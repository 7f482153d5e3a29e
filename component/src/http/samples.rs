//! One problem of each type, for the API's description.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::challenge::Accepted;
use super::problem::References;
use super::{ApiError, FieldError};
use crate::config::ConfigProblem;
use crate::domain::{Scope, UserName};
use crate::metrics::Credential;
use crate::ports::{RateLimiterError, StoreError, TokenError};

/// A problem as a client gets it.
pub struct ProblemSample {
    /// The last part of its type.
    pub slug: &'static str,
    /// Its status.
    pub status: StatusCode,
    /// Its title.
    pub title: &'static str,
    /// The header that comes with it.
    pub header: Option<(HeaderName, HeaderValue)>,
    /// The document.
    pub document: Value,
}

/// One sample of each type of problem.
pub fn problem_samples() -> Vec<ProblemSample> {
    errors().iter().map(sample).collect()
}

/// One error of each type of problem.
pub(super) fn errors() -> Vec<ApiError> {
    let user = UserName::parse("Sam").ok();
    let of_user: [fn(UserName) -> ApiError; 4] =
        [ApiError::UserNotFound, ApiError::UserExists, ApiError::NotEnoughTocos, ApiError::TooManyTocos];
    let problem = ConfigProblem { variable: "database", problem: "must be sqlite or postgres".into(), cause: None };
    let mut errors: Vec<_> = user.into_iter().flat_map(|user| of_user.map(|error| error(user.clone()))).collect();
    errors.extend([
        ApiError::NoCredential(Accepted { api_key: true, token: true }),
        ApiError::ManyCredentials(Accepted { api_key: true, token: true }),
        ApiError::InvalidToken(TokenError::Expired),
        ApiError::InvalidToken(TokenError::KeysUnavailable(String::new())),
        ApiError::InsufficientScope { scope: Scope::TocosWrite, credential: Credential::Token },
        ApiError::RateLimited { retry_after: Duration::from_secs(1) },
        ApiError::RateLimiterUnavailable(RateLimiterError(String::new())),
        ApiError::TimedOut,
        ApiError::RequestTimedOut,
        ApiError::NoApiKeyConfigured,
        ApiError::Misconfigured(vec![problem]),
        ApiError::NotFound,
        ApiError::MethodNotAllowed,
        ApiError::TransferNotFound,
        ApiError::IdempotencyKeyReused,
        ApiError::RequestInProgress,
        ApiError::PreconditionFailed,
        ApiError::Malformed(FieldError::new("limit", "must be an integer")),
        ApiError::UnsupportedMediaType,
        ApiError::BodyTooLarge,
        ApiError::InvalidValue(vec![FieldError::new("user", "must be 1 to 64 characters")]),
        ApiError::Store(StoreError::Unavailable(String::new())),
        ApiError::Internal(String::new()),
    ]);
    errors
}

fn sample(error: &ApiError) -> ProblemSample {
    let problem = error.problem();
    let document = problem.to_json(References { request_id: "018bcfe5-687b-7000-8000-000000000000", trace_id: None });
    ProblemSample {
        slug: problem.slug,
        status: problem.status,
        title: problem.title,
        header: error.header(),
        document: serde_json::from_slice(&document).unwrap_or_default(),
    }
}
