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

pub use issuer_keys::{Dependencies, IssuerKeys};
pub use jwks::{Jwks, JwksError};

use crate::ports::{Claims, TokenError, Tokens};
use crate::types::Scope;
use verify::{Expected, Unverified};

pub enum Keys {
    Static(Jwks),
    Published(Arc<IssuerKeys>),
}

pub struct Verifier {
    expected: Expected,
    keys: Keys,
}

impl Verifier {
    /// Accepts tokens whose `iss` is `issuer` and whose `aud` is, or has, `audience`. Only scopes in `scopes` count.
    pub fn new(issuer: &str, audience: &str, scopes: &'static [Scope], keys: Keys) -> Arc<Self> {
        let expected = Expected { issuer: issuer.to_owned(), audience: audience.to_owned(), scopes };
        Arc::new(Self { expected, keys })
    }
}

#[async_trait]
impl Tokens for Verifier {
    async fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError> {
        let token = Unverified::read(token)?;
        let claims = token.claims(&self.expected, now)?;
        match &self.keys {
            Keys::Static(keys) => token.check_signature(keys.find(&token.wanted)?)?,
            Keys::Published(keys) => token.check_signature(&keys.find(&token.wanted).await?)?,
        }
        Ok(claims)
    }
}

#[cfg(test)]
mod tests;
