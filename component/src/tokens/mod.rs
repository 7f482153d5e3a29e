//! Bearer tokens: JWTs (RFC 7519) that one issuer has signed, by one of the keys that it publishes.

mod crypto;
mod issuer_keys;
mod jwks;
mod verify;

#[cfg(test)]
mod test_keys;

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

pub use issuer_keys::{IssuerKeys, Outside};
pub use jwks::{Jwks, JwksError};

use crate::ports::{Claims, TokenError, Tokens};
use verify::Expected;

/// Where the keys are that tokens are checked by.
pub enum Keys {
    /// Here.
    Static(Jwks),
    /// Where the issuer publishes them.
    Published(Box<IssuerKeys>),
}

/// Checks the tokens of one issuer for one audience.
pub struct Verifier {
    expected: Expected,
    keys: Keys,
}

impl Verifier {
    /// A verifier that takes tokens whose `iss` is `issuer` and whose `aud` is, or has, `audience`.
    pub fn new(issuer: &str, audience: &str, keys: Keys) -> Arc<Self> {
        crypto::install();
        Arc::new(Self { expected: Expected { issuer: issuer.to_owned(), audience: audience.to_owned() }, keys })
    }
}

#[async_trait]
impl Tokens for Verifier {
    async fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError> {
        let wanted = verify::wanted_key(token)?;
        match &self.keys {
            Keys::Static(keys) => verify::claims(token, keys.find(&wanted)?, &self.expected, now),
            Keys::Published(keys) => verify::claims(token, &keys.find(&wanted).await?, &self.expected, now),
        }
    }
}

#[cfg(test)]
mod tests;
