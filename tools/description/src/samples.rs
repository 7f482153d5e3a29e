//! One problem of each type that every API has.

use std::time::Duration;

use chassis::config::{AuthMethods, ConfigProblem};
use chassis::http::Problem;
use chassis::metrics::Credential;
use chassis::ports::{StoreError, TokenError, Unavailable};

/// One problem of each type.
pub(super) fn samples() -> Vec<Problem> {
    let problem = ConfigProblem {
        variable: "database",
        problem: "must be sqlite or persistent-sqlite or postgres".into(),
        cause: None,
    };
    let methods = AuthMethods { api_keys: true, tokens: true };
    let scope = api::scopes::SCOPES.last().copied();
    let insufficient_scope = scope.map(|scope| Problem::insufficient_scope(scope, Credential::Token));
    let mut samples = api::error::samples();
    samples.extend(insufficient_scope);
    samples.extend([
        Problem::no_credential(methods),
        Problem::many_credentials(methods),
        Problem::invalid_token(&TokenError::Expired),
        Problem::invalid_token(&TokenError::KeysUnavailable(String::new())),
        Problem::no_api_key_configured(),
        Problem::rate_limited(Duration::from_secs(1)),
        Problem::rate_limiter_unavailable(&Unavailable(String::new())),
        Problem::timed_out(),
        Problem::request_timed_out(),
        Problem::misconfigured(&[problem]),
        Problem::not_found(),
        Problem::method_not_allowed(),
        Problem::idempotency_key_reused(),
        Problem::request_in_progress(),
        Problem::precondition_failed(),
        Problem::malformed("limit", "must be an integer"),
        Problem::unsupported_media_type(),
        Problem::body_too_large(),
        Problem::invalid_value("user", "must be 1 to 64 characters"),
        StoreError::Unavailable(String::new()).into(),
        Problem::internal(""),
    ]);
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_5xx_has_a_cause_for_the_log() {
        for problem in samples() {
            assert_eq!(problem.cause.is_some(), problem.status.is_server_error(), "{problem:?}");
        }
    }
}
