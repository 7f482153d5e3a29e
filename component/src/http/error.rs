//! Everything that a request can fail with, and how each failure is told to the client.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::challenge::{self, Accepted};
use super::problem::Problem;
use super::rate_limit::whole_seconds;
use crate::config::ConfigProblem;
use crate::domain::{Scope, Tocos, UserName};
use crate::metrics::{AuthFailure, Credential};
use crate::ports::{RateLimiterError, StoreError, TokenError};

/// Why a request was not served. Its only way to a client is [`ApiError::problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// No credential, of those that are accepted.
    NoCredential(Accepted),
    /// An API key that is not one of the known ones.
    UnknownApiKey,
    /// More than one credential, of which the API would have to choose one.
    ManyCredentials(Accepted),
    /// A bearer token that is not good, or that nobody can check.
    InvalidToken(TokenError),
    /// Somebody who is known, but not for this.
    InsufficientScope {
        /// What would be needed.
        scope: Scope,
        /// How the caller is known.
        credential: Credential,
    },
    /// The caller has asked too often.
    RateLimited {
        /// When the next request may pass.
        retry_after: Duration,
    },
    /// Nobody can count requests, and none may pass uncounted.
    RateLimiterUnavailable(RateLimiterError),
    /// The request took longer than it may.
    TimedOut,
    /// The client did not send the body before the deadline.
    RequestTimedOut,
    /// The route is protected and no key is configured, so that nobody can have one.
    NoApiKeyConfigured,
    /// Settings that can't be used.
    Misconfigured(Vec<ConfigProblem>),
    /// No route has this path.
    NotFound,
    /// The path has no such method.
    MethodNotAllowed,
    /// No user of this name.
    UserNotFound(UserName),
    /// There is a user of this name already.
    UserExists(UserName),
    /// No transfer of this id.
    TransferNotFound,
    /// The giver of a transfer has less than its amount.
    NotEnoughTocos(UserName),
    /// The receiver of a transfer would have more than can be counted.
    TooManyTocos(UserName),
    /// An `Idempotency-Key` came again with another request.
    IdempotencyKeyReused,
    /// The first request of an `Idempotency-Key` is still running.
    RequestInProgress,
    /// What the request's `If-Match` or `If-None-Match` asks for does not hold.
    PreconditionFailed,
    /// The request can't be understood: broken JSON, path, query or cursor.
    Malformed(FieldError),
    /// The body is no JSON by its `Content-Type`.
    UnsupportedMediaType,
    /// The body is longer than [`super::MAX_BODY_BYTES`].
    BodyTooLarge,
    /// The request is understood, but values in it are out of bounds.
    InvalidValue(Vec<FieldError>),
    /// The store failed.
    Store(StoreError),
    /// A bug of ours; the text is for the log.
    Internal(String),
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The name of the field, the query parameter, or the part of the request.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

impl FieldError {
    /// An error of `field`.
    pub fn new(field: impl Into<String>, detail: impl ToString) -> Self {
        Self { field: field.into(), detail: detail.to_string() }
    }
}

/// Seconds that a client should wait before it tries again: about as long as a database needs to
/// restart, or a lock to be given back.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

impl ApiError {
    /// The one place that maps failures to statuses, problem types and headers.
    pub(super) fn problem(&self) -> Problem {
        use StatusCode as Status;
        match self {
            Self::NoCredential(accepted) => {
                Problem::new(Status::UNAUTHORIZED, "unauthorized", "Not authenticated").detail(accepted.advice())
            }
            Self::UnknownApiKey => Problem::new(Status::UNAUTHORIZED, "unauthorized", "Not authenticated")
                .detail("Send a valid API key in the header X-API-KEY."),
            Self::ManyCredentials(_) => {
                Problem::new(Status::BAD_REQUEST, "many-credentials", "More than one credential")
                    .detail("Send one API key or one token, once.")
            }
            Self::InvalidToken(TokenError::KeysUnavailable(_)) => {
                Problem::new(Status::SERVICE_UNAVAILABLE, "token-keys-unavailable", "Token keys unavailable")
                    .detail("The keys that sign tokens can't be had at the moment. Try again.")
            }
            Self::InvalidToken(error) => Problem::new(Status::UNAUTHORIZED, "invalid-token", "Token not accepted")
                .detail(format!("The token {error}.")),
            Self::InsufficientScope { scope, .. } => {
                Problem::new(Status::FORBIDDEN, "insufficient-scope", "Not allowed")
                    .detail(format!("This needs the scope {scope}."))
            }
            Self::RateLimited { .. } => Problem::new(Status::TOO_MANY_REQUESTS, "rate-limited", "Too many requests")
                .detail("The quota in the header RateLimit-Policy is used up. Wait for as long as Retry-After says."),
            Self::RateLimiterUnavailable(_) => {
                Problem::new(Status::SERVICE_UNAVAILABLE, "rate-limiter-unavailable", "Rate limiter unavailable")
                    .detail("Requests can't be counted at the moment. Try again.")
            }
            Self::TimedOut => Problem::new(Status::GATEWAY_TIMEOUT, "timed-out", "Request timed out")
                .detail("The request took too long and was given up. What it changes may have been changed."),
            Self::RequestTimedOut => {
                Problem::new(Status::REQUEST_TIMEOUT, "request-timed-out", "Request not received in time")
                    .detail("The body did not arrive in time. Nothing was changed.")
            }
            Self::NoApiKeyConfigured => {
                Problem::new(Status::SERVICE_UNAVAILABLE, "no-api-key-configured", "No API key configured")
                    .detail("The variable api_key is empty, so no request can be authorized.")
            }
            Self::Misconfigured(problems) => {
                Problem::new(Status::SERVICE_UNAVAILABLE, "misconfigured", "Service misconfigured")
                    .detail("Settings of this service can't be used.")
                    .errors(problems.iter().map(|p| FieldError::new(p.variable, &p.problem)).collect())
            }
            Self::NotFound => {
                Problem::new(Status::NOT_FOUND, "not-found", "No such resource").detail("No route has this path.")
            }
            Self::MethodNotAllowed => {
                Problem::new(Status::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
                    .detail("The header Allow lists the methods of this path.")
            }
            Self::UserNotFound(user) => Problem::new(Status::NOT_FOUND, "user-not-found", "No such user")
                .detail(format!("There is no user '{user}'.")),
            Self::UserExists(user) => Problem::new(Status::CONFLICT, "user-exists", "User exists")
                .detail(format!("There is a user '{user}' already.")),
            Self::TransferNotFound => Problem::new(Status::NOT_FOUND, "transfer-not-found", "No such transfer")
                .detail("There is no transfer of this id."),
            Self::NotEnoughTocos(user) => Problem::new(Status::CONFLICT, "not-enough-tocos", "Not enough tocos")
                .detail(format!("The user '{user}' has less than the amount.")),
            Self::TooManyTocos(user) => Problem::new(Status::CONFLICT, "too-many-tocos", "Too many tocos")
                .detail(format!("The user '{user}' would have more than {}.", Tocos::MAX)),
            Self::IdempotencyKeyReused => {
                Problem::new(Status::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency key reused")
                    .detail("This Idempotency-Key was sent before, with another request.")
            }
            Self::RequestInProgress => Problem::new(Status::CONFLICT, "request-in-progress", "Request in progress")
                .detail("The first request of this Idempotency-Key is still running. Try again."),
            Self::PreconditionFailed => {
                Problem::new(Status::PRECONDITION_FAILED, "precondition-failed", "Precondition failed")
                    .detail("The resource is not in a state that If-Match and If-None-Match ask for. Get it again.")
            }
            Self::Malformed(error) => {
                Problem::new(Status::BAD_REQUEST, "malformed-request", "Malformed request").errors(vec![error.clone()])
            }
            Self::UnsupportedMediaType => {
                Problem::new(Status::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type")
                    .detail("Send the body as application/json.")
            }
            Self::BodyTooLarge => Problem::new(Status::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large")
                .detail(format!("The body may have {} bytes at most.", super::MAX_BODY_BYTES)),
            Self::InvalidValue(errors) => {
                Problem::new(Status::UNPROCESSABLE_ENTITY, "invalid-value", "Invalid value").errors(errors.clone())
            }
            Self::Store(StoreError::Unavailable(_)) => {
                Problem::new(Status::SERVICE_UNAVAILABLE, "store-unavailable", "Store unavailable")
                    .detail("The database can't be used at the moment. Try again.")
            }
            Self::Store(StoreError::Internal(_)) | Self::Internal(_) => {
                Problem::new(Status::INTERNAL_SERVER_ERROR, "internal", "Internal error")
                    .detail("The log has the details under this request's id.")
            }
        }
    }

    /// Returns why the service failed, for the log only. Every 5xx problem has a cause.
    pub(super) fn cause(&self) -> Option<String> {
        match self {
            Self::TimedOut => Some("the request exceeded request_timeout".into()),
            Self::NoApiKeyConfigured => Some("no API key is configured: the variable api_key is empty".into()),
            Self::Misconfigured(problems) => {
                let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
                Some(format!("misconfigured: {}", problems.join("; ")))
            }
            Self::Store(error) => Some(error.to_string()),
            Self::RateLimiterUnavailable(error) => Some(error.to_string()),
            Self::InvalidToken(TokenError::KeysUnavailable(detail)) => Some(format!("keys of tokens: {detail}")),
            Self::Internal(detail) => Some(detail.clone()),
            _ => None,
        }
    }

    /// Why the request's credential was refused, if it was.
    pub(super) fn auth_failure(&self) -> Option<AuthFailure> {
        match self {
            Self::NoCredential(_) => Some(AuthFailure::Missing),
            Self::UnknownApiKey | Self::ManyCredentials(_) => Some(AuthFailure::Unknown),
            Self::InvalidToken(_) => Some(AuthFailure::Token),
            Self::InsufficientScope { .. } => Some(AuthFailure::Scope),
            Self::NoApiKeyConfigured => Some(AuthFailure::Unconfigured),
            _ => None,
        }
    }

    /// Whether the request had a credential that is not good, such as a guessed key.
    pub(super) fn is_failed_attempt(&self) -> bool {
        match self {
            Self::UnknownApiKey => true,
            Self::InvalidToken(error) => !matches!(error, TokenError::KeysUnavailable(_)),
            _ => false,
        }
    }

    /// The header that the failure needs beside its document.
    pub(super) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let challenge = |text: String| HeaderValue::try_from(text).ok().map(|value| (header::WWW_AUTHENTICATE, value));
        match self {
            Self::RateLimited { retry_after } => {
                Some((header::RETRY_AFTER, HeaderValue::from(whole_seconds(*retry_after).max(1))))
            }
            Self::Store(StoreError::Unavailable(_))
            | Self::RateLimiterUnavailable(_)
            | Self::RequestInProgress
            | Self::InvalidToken(TokenError::KeysUnavailable(_)) => Some((header::RETRY_AFTER, RETRY_AFTER)),
            Self::Misconfigured(problems) if problems.iter().any(|problem| problem.cause.is_some()) => {
                Some((header::RETRY_AFTER, RETRY_AFTER))
            }
            Self::NoCredential(accepted) => challenge(accepted.challenges()),
            Self::ManyCredentials(accepted) => challenge(accepted.many_credentials()),
            Self::UnknownApiKey => challenge(challenge::unknown_key()),
            Self::InvalidToken(error) => challenge(challenge::invalid_token(error)),
            Self::InsufficientScope { scope, credential } => {
                challenge(challenge::insufficient_scope(*scope, *credential))
            }
            _ => None,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The body is written by [`super::Envelope`], which knows the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.problem().status;
        let headers: HeaderMap = self.header().into_iter().collect();
        let mut response = (status, headers).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::problem::References;
    use crate::http::samples::errors;

    #[test]
    fn the_cause_stays_out_of_the_problem() {
        for error in [
            ApiError::Store(StoreError::Unavailable("planted detail".into())),
            ApiError::Store(StoreError::Internal("planted detail".into())),
            ApiError::Internal("planted detail".into()),
        ] {
            let body =
                String::from_utf8(error.problem().to_json(References { request_id: "r-1", trace_id: None })).unwrap();
            assert!(!body.contains("planted"), "{body}");
            assert!(error.cause().unwrap().contains("planted detail"));
        }
    }

    #[test]
    fn every_5xx_has_a_cause_for_the_log() {
        for error in errors() {
            assert_eq!(error.cause().is_some(), error.problem().status.is_server_error(), "{error:?}");
        }
    }

    #[test]
    fn a_challenge_and_a_pause_come_as_headers() {
        let unauthorized = ApiError::UnknownApiKey.into_response();
        assert_eq!(unauthorized.headers()[header::WWW_AUTHENTICATE], r#"ApiKey realm="mini-api""#);
        let away = ApiError::Store(StoreError::Unavailable(String::new())).into_response();
        assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(away.headers()[header::RETRY_AFTER], "1");
    }
}
