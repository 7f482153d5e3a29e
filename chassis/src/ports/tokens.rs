use async_trait::async_trait;
use thiserror::Error;

use super::Unavailable;
use crate::types::{Scopes, Timestamp};

#[async_trait]
pub trait Tokens: Send + Sync {
    /// Returns the claims if the issuer has signed the token and it is valid at `now`.
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError>;
}

#[async_trait]
pub trait JwksSource: Send + Sync {
    /// Fetches the body at `url`, within a timeout and a maximum length.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, Unavailable>;
}

/// Small values that the instances of a pod share and may lose. Each call has a timeout.
#[async_trait]
pub trait KeyValue: Send + Sync {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable>;
    async fn set(&self, name: &str, value: &[u8]) -> Result<(), Unavailable>;
}

/// What a token says about its bearer: `iss`, `sub` and `scope`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub issuer: String,
    pub subject: String,
    pub scopes: Scopes,
}

/// Why a token is refused. The messages never quote it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is no signed token, or lacks a required claim.
    #[error("is malformed")]
    Malformed,
    #[error("has an algorithm that is not accepted")]
    Algorithm,
    #[error("is signed by an unknown key")]
    UnknownKey,
    #[error("has a wrong signature")]
    Signature,
    #[error("has expired")]
    Expired,
    #[error("is not valid yet")]
    NotYetValid,
    #[error("is from another issuer")]
    Issuer,
    #[error("is for another audience")]
    Audience,
    /// The text is for the log.
    #[error("can't be checked: {0}")]
    KeysUnavailable(String),
}
