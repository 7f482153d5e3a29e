//! Problems of credentials, with their challenges (`WWW-Authenticate`, RFC 9110 section 11.6.1): the API's own scheme for
//! keys, and that of RFC 6750 for tokens.

use axum::http::{StatusCode, header};

use super::problem::Problem;
use crate::SERVICE;
use crate::config::AuthMethods;
use crate::metrics::{Credential, series};
use crate::ports::TokenError;
use crate::types::{Identity, Scope};

impl Problem {
    pub fn no_credential(methods: AuthMethods) -> Self {
        let advice = match (methods.api_keys, methods.tokens) {
            (true, true) => "Send a valid API key in the header X-API-KEY, or a bearer token in Authorization.",
            (false, true) => "Send a bearer token in the header Authorization.",
            _ => "Send a valid API key in the header X-API-KEY.",
        };
        Self::unauthorized(advice, methods.challenges("")).auth_failure(series::AUTH_MISSING)
    }

    pub fn unknown_api_key() -> Self {
        let challenge = challenge(Credential::ApiKey, "");
        Self::unauthorized("The key in the header X-API-KEY is not one of this API's.", challenge)
            .auth_failure(series::AUTH_UNKNOWN)
    }

    /// Returns `invalid_request`, whose status is 400 (RFC 6750 section 3.1).
    pub fn many_credentials(methods: AuthMethods) -> Self {
        let parameters = r#", error="invalid_request", error_description="More than one credential""#;
        Self::new(StatusCode::BAD_REQUEST, "many-credentials", "More than one credential")
            .detail("Send exactly one API key or one token.")
            .header(header::WWW_AUTHENTICATE, methods.challenges(parameters))
            .auth_failure(series::AUTH_UNKNOWN)
    }

    pub fn invalid_token(error: &TokenError) -> Self {
        if let TokenError::KeysUnavailable(detail) = error {
            return Self::new(StatusCode::SERVICE_UNAVAILABLE, "token-keys-unavailable", "Token keys unavailable")
                .detail("The issuer's keys are unavailable at the moment. Try again.")
                .cause(format!("keys of tokens: {detail}"))
                .auth_failure(series::AUTH_TOKEN)
                .retry();
        }
        let parameters = format!(r#", error="invalid_token", error_description="The token {error}""#);
        Self::new(StatusCode::UNAUTHORIZED, "invalid-token", "Token not accepted")
            .detail(format!("The token {error}."))
            .header(header::WWW_AUTHENTICATE, challenge(Credential::Token, &parameters))
            .auth_failure(series::AUTH_TOKEN)
    }

    pub fn insufficient_scope(scope: Scope, credential: Credential) -> Self {
        let parameters = format!(r#", error="insufficient_scope", scope="{scope}""#);
        Self::new(StatusCode::FORBIDDEN, "insufficient-scope", "Not allowed")
            .detail(format!("This request needs the scope {scope}."))
            .header(header::WWW_AUTHENTICATE, challenge(credential, &parameters))
            .auth_failure(series::AUTH_SCOPE)
    }

    pub fn no_api_key_configured() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no-api-key-configured", "No API key configured")
            .detail("The variable api_key is empty, so no request can be authorized.")
            .cause("no API key is configured: the variable api_key is empty")
            .auth_failure(series::AUTH_UNCONFIGURED)
    }

    /// Whether the request had a wrong credential, such as a guessed key.
    pub(super) fn is_failed_attempt(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED && self.auth_failure != Some(series::AUTH_MISSING)
    }

    fn unauthorized(detail: &'static str, challenge: String) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not authenticated")
            .detail(detail)
            .header(header::WWW_AUTHENTICATE, challenge)
    }
}

impl Identity {
    pub(super) fn credential(&self) -> Option<Credential> {
        match self {
            Self::Anyone => None,
            Self::Key { .. } => Some(Credential::ApiKey),
            Self::Token { .. } => Some(Credential::Token),
        }
    }
}

impl AuthMethods {
    /// Returns a challenge for each scheme; only that of tokens has parameters for errors.
    fn challenges(self, of_token: &str) -> String {
        let api_key = self.api_keys.then(|| challenge(Credential::ApiKey, ""));
        let token = self.tokens.then(|| challenge(Credential::Token, of_token));
        api_key.into_iter().chain(token).collect::<Vec<_>>().join(", ")
    }
}

fn challenge(credential: Credential, parameters: &str) -> String {
    let scheme = if credential == Credential::ApiKey { "ApiKey" } else { "Bearer" };
    format!(r#"{scheme} realm="{SERVICE}"{parameters}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge_of(problem: &Problem) -> String {
        let (name, value) = problem.header.clone().unwrap();
        assert_eq!(name, header::WWW_AUTHENTICATE);
        value.to_str().unwrap().replace(SERVICE, "s")
    }

    #[test]
    fn every_accepted_credential_has_a_challenge() {
        let error = r#"Bearer realm="s", error="invalid_request", error_description="More than one credential""#;
        for (api_keys, tokens, missing, many) in [
            (true, false, r#"ApiKey realm="s""#, r#"ApiKey realm="s""#.to_owned()),
            (false, true, r#"Bearer realm="s""#, error.to_owned()),
            (true, true, r#"ApiKey realm="s", Bearer realm="s""#, format!(r#"ApiKey realm="s", {error}"#)),
        ] {
            let accepted = AuthMethods { api_keys, tokens };
            assert_eq!(challenge_of(&Problem::no_credential(accepted)), missing);
            assert_eq!(challenge_of(&Problem::many_credentials(accepted)), many);
        }
    }

    #[test]
    fn a_refusal_says_why_in_the_terms_of_the_rfc() {
        let problem = Problem::insufficient_scope(Scope("a:b"), Credential::Token);
        assert_eq!(challenge_of(&problem), r#"Bearer realm="s", error="insufficient_scope", scope="a:b""#);
        let problem = Problem::invalid_token(&TokenError::Expired);
        let expected = r#"Bearer realm="s", error="invalid_token", error_description="The token has expired""#;
        assert_eq!(challenge_of(&problem), expected);
    }

    #[test]
    fn keys_that_are_unavailable_are_no_failed_attempt() {
        assert!(!Problem::invalid_token(&TokenError::KeysUnavailable(String::new())).is_failed_attempt());
        assert!(Problem::invalid_token(&TokenError::Expired).is_failed_attempt());
        assert!(Problem::unknown_api_key().is_failed_attempt());
        let methods = AuthMethods { api_keys: true, tokens: true };
        for problem in [Problem::no_credential(methods), Problem::many_credentials(methods)] {
            assert!(!problem.is_failed_attempt(), "{problem:?}");
        }
    }
}
