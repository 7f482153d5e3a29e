//! Who vouches for the bearer of a token.

use std::time::SystemTime;

use async_trait::async_trait;
use thiserror::Error;

use crate::types::Scopes;

/// Checks bearer tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// What a token says, if its issuer has signed it and it is good at `now`.
    async fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError>;
}

/// What a token says of its bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: who vouches for it.
    pub issuer: String,
    /// `sub`: who it is.
    pub subject: String,
    /// `scope`: what it may do.
    pub scopes: Scopes,
}

/// Why a token is not good. No text of the token is among it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is no signed token, or lacks what every token needs.
    #[error("is malformed")]
    Malformed,
    /// It is signed in a way that isn't accepted, or that its key isn't for.
    #[error("has an algorithm that is not accepted")]
    Algorithm,
    /// The issuer has no such key.
    #[error("is signed by an unknown key")]
    UnknownKey,
    /// It was changed, or signed by somebody else.
    #[error("has a wrong signature")]
    Signature,
    /// `exp` is over.
    #[error("has expired")]
    Expired,
    /// `nbf` is still to come.
    #[error("is not valid yet")]
    NotYetValid,
    /// `iss` is another.
    #[error("is from another issuer")]
    Issuer,
    /// `aud` is another.
    #[error("is for another audience")]
    Audience,
    /// No key of the issuer is known; the text is for the log.
    #[error("can't be checked: {0}")]
    KeysUnavailable(String),
}
