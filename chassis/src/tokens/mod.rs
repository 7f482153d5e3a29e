//! Bearer tokens: JWTs (RFC 7519) that one issuer has signed, by one of the keys that it publishes.

mod crypto;
mod issuer_keys;
mod jwks;
mod verify;

#[cfg(test)]
mod test_keys;

use std::sync::Arc;

use async_trait::async_trait;

pub use issuer_keys::{Dependencies, IssuerKeys};
pub use jwks::Jwks;

use crate::ports::{Claims, TokenError, Tokens};
use crate::types::{Scope, Timestamp};
use verify::Unverified;

pub enum Keys {
    Static(Jwks),
    Published(Arc<IssuerKeys>),
}

/// Accepts tokens whose `iss` is `issuer` and whose `aud` is, or has, `audience`. Only scopes in `scopes` count.
pub struct Verifier {
    issuer: String,
    audience: String,
    scopes: &'static [Scope],
    keys: Keys,
}

impl Verifier {
    pub fn new(issuer: &str, audience: &str, scopes: &'static [Scope], keys: Keys) -> Arc<Self> {
        Arc::new(Self { issuer: issuer.to_owned(), audience: audience.to_owned(), scopes, keys })
    }
}

#[async_trait]
impl Tokens for Verifier {
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let token = Unverified::read(token)?;
        let claims = token.claims(self, now)?;
        match &self.keys {
            Keys::Static(keys) => token.check_signature(keys.find(&token.wanted)?)?,
            Keys::Published(keys) => token.check_signature(&keys.find(&token.wanted).await?)?,
        }
        Ok(claims)
    }
}

#[cfg(test)]
mod tests;
