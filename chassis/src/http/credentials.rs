//! Refused credentials, with their challenges (`WWW-Authenticate`, RFC 9110 section 11.6.1): the API's own scheme for
//! keys, and that of RFC 6750 for tokens.

use axum::http::{HeaderValue, StatusCode, header};

use super::problem::Problem;
use crate::SERVICE;
use crate::metrics::{Credential, series};
use crate::ports::TokenError;
use crate::types::Scope;

/// Why a caller is not identified, or not authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialError {
    Missing(Schemes),
    UnknownApiKey,
    /// More than one credential: the API would have to choose one.
    Many(Schemes),
    InvalidToken(TokenError),
    InsufficientScope {
        /// What the route needs.
        scope: Scope,
        credential: Credential,
    },
    /// No key is configured for a protected route.
    NoApiKeyConfigured,
}

/// The accepted authentication schemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schemes {
    pub api_key: bool,
    pub token: bool,
}

impl CredentialError {
    /// Whether the request had a wrong credential, such as a guessed key.
    pub(super) fn is_failed_attempt(&self) -> bool {
        match self {
            Self::UnknownApiKey => true,
            Self::InvalidToken(error) => !matches!(error, TokenError::KeysUnavailable(_)),
            Self::Missing(_) | Self::Many(_) | Self::InsufficientScope { .. } | Self::NoApiKeyConfigured => false,
        }
    }
}

impl From<CredentialError> for Problem {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Missing(schemes) => {
                unauthorized(schemes.advice(), schemes.challenges("")).auth_failure(series::AUTH_MISSING)
            }
            CredentialError::UnknownApiKey => {
                unauthorized("Send a valid API key in the header X-API-KEY.", challenge(Credential::ApiKey, ""))
                    .auth_failure(series::AUTH_UNKNOWN)
            }
            // `invalid_request` in RFC 6750 section 3.1, which goes with the status 400.
            CredentialError::Many(schemes) => {
                let parameters = r#", error="invalid_request", error_description="More than one credential""#;
                Self::new(StatusCode::BAD_REQUEST, "many-credentials", "More than one credential")
                    .detail("Send one API key or one token, once.")
                    .challenge(schemes.challenges(parameters))
                    .auth_failure(series::AUTH_UNKNOWN)
            }
            CredentialError::InvalidToken(TokenError::KeysUnavailable(detail)) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "token-keys-unavailable", "Token keys unavailable")
                    .detail("The keys that sign tokens can't be had at the moment. Try again.")
                    .cause(format!("keys of tokens: {detail}"))
                    .auth_failure(series::AUTH_TOKEN)
                    .retry()
            }
            CredentialError::InvalidToken(error) => {
                let parameters = format!(r#", error="invalid_token", error_description="The token {error}""#);
                Self::new(StatusCode::UNAUTHORIZED, "invalid-token", "Token not accepted")
                    .detail(format!("The token {error}."))
                    .challenge(challenge(Credential::Token, &parameters))
                    .auth_failure(series::AUTH_TOKEN)
            }
            CredentialError::InsufficientScope { scope, credential } => {
                let parameters = format!(r#", error="insufficient_scope", scope="{scope}""#);
                Self::new(StatusCode::FORBIDDEN, "insufficient-scope", "Not allowed")
                    .detail(format!("This needs the scope {scope}."))
                    .challenge(challenge(credential, &parameters))
                    .auth_failure(series::AUTH_SCOPE)
            }
            CredentialError::NoApiKeyConfigured => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "no-api-key-configured", "No API key configured")
                    .detail("The variable api_key is empty, so no request can be authorized.")
                    .cause("no API key is configured: the variable api_key is empty")
                    .auth_failure(series::AUTH_UNCONFIGURED)
            }
        }
    }
}

impl Schemes {
    fn advice(self) -> &'static str {
        match (self.api_key, self.token) {
            (true, true) => "Send a valid API key in the header X-API-KEY, or a bearer token in Authorization.",
            (false, true) => "Send a bearer token in the header Authorization.",
            _ => "Send a valid API key in the header X-API-KEY.",
        }
    }

    /// Returns a challenge for each scheme; only that of tokens has parameters for errors.
    fn challenges(self, of_token: &str) -> String {
        match (self.api_key, self.token) {
            (true, true) => {
                format!("{}, {}", challenge(Credential::ApiKey, ""), challenge(Credential::Token, of_token))
            }
            (false, true) => challenge(Credential::Token, of_token),
            _ => challenge(Credential::ApiKey, ""),
        }
    }
}

impl Problem {
    fn challenge(self, challenge: String) -> Self {
        match HeaderValue::try_from(challenge) {
            Ok(value) => self.header(header::WWW_AUTHENTICATE, value),
            Err(_) => self,
        }
    }
}

fn unauthorized(detail: &'static str, challenge: String) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not authenticated").detail(detail).challenge(challenge)
}

fn challenge(credential: Credential, parameters: &str) -> String {
    let scheme = match credential {
        Credential::ApiKey => "ApiKey",
        Credential::Token => "Bearer",
    };
    format!(r#"{scheme} realm="{SERVICE}"{parameters}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge_of(error: CredentialError) -> String {
        let (name, value) = Problem::from(error).header.clone().unwrap();
        assert_eq!(name, header::WWW_AUTHENTICATE);
        value.to_str().unwrap().replace(SERVICE, "s")
    }

    #[test]
    fn every_accepted_credential_has_a_challenge() {
        let error = r#"Bearer realm="s", error="invalid_request", error_description="More than one credential""#;
        for (api_key, token, missing, many) in [
            (true, false, r#"ApiKey realm="s""#, r#"ApiKey realm="s""#.to_owned()),
            (false, true, r#"Bearer realm="s""#, error.to_owned()),
            (true, true, r#"ApiKey realm="s", Bearer realm="s""#, format!(r#"ApiKey realm="s", {error}"#)),
        ] {
            let accepted = Schemes { api_key, token };
            assert_eq!(challenge_of(CredentialError::Missing(accepted)), missing);
            assert_eq!(challenge_of(CredentialError::Many(accepted)), many);
        }
    }

    #[test]
    fn a_refusal_says_why_in_the_terms_of_the_rfc() {
        let error = CredentialError::InsufficientScope { scope: Scope::new("a:b"), credential: Credential::Token };
        assert_eq!(challenge_of(error), r#"Bearer realm="s", error="insufficient_scope", scope="a:b""#);
        let error = CredentialError::InvalidToken(TokenError::Expired);
        let expected = r#"Bearer realm="s", error="invalid_token", error_description="The token has expired""#;
        assert_eq!(challenge_of(error), expected);
    }

    #[test]
    fn keys_that_are_unavailable_are_no_failed_attempt() {
        assert!(!CredentialError::InvalidToken(TokenError::KeysUnavailable(String::new())).is_failed_attempt());
        assert!(CredentialError::InvalidToken(TokenError::Expired).is_failed_attempt());
        assert!(CredentialError::UnknownApiKey.is_failed_attempt());
    }
}
