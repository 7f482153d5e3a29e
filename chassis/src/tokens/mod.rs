//! Bearer tokens: JWTs (RFC 7519) that one issuer has signed, by one of the keys that it publishes.

mod issuer_keys;
mod jwks;

#[cfg(test)]
mod test_keys;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use issuer_keys::{Dependencies, IssuerKeys};
pub use jwks::Jwks;

use self::jwks::{Jwk, PublicKey, WantedKey};
use crate::ports::{Claims, TokenError, Tokens, lock};
use crate::types::{Scope, Scopes, Timestamp};

/// Maximum length of a token, in bytes: about as much as servers accept in headers.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Accepted difference between the clocks of the issuer and of this machine.
const LEEWAY: Duration = Duration::from_secs(60);

/// Maximum length of `sub`, in characters (OpenID Connect Core section 2): it goes into every log line.
const MAX_SUBJECT_LENGTH: usize = 255;

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
    /// Digest of each token whose signature was valid, and the key. A check takes longer than the rest of a request.
    signed: Mutex<VecDeque<([u8; 32], PublicKey)>>,
}

impl Verifier {
    /// Maximum number of tokens in `signed`: as many as requests that Spin gives an instance.
    const MAX_SIGNED: usize = 128;

    pub fn new(issuer: &str, audience: &str, scopes: &'static [Scope], keys: Keys) -> Arc<Self> {
        Arc::new(Self { issuer: issuer.into(), audience: audience.into(), scopes, keys, signed: Mutex::default() })
    }
}

#[async_trait]
impl Tokens for Verifier {
    /// Checks the signature last, because only that is costly (RFC 7519 section 7.2 leaves the order open).
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
        // An encrypted token has four dots (RFC 7516 section 7.1).
        if token.len() > MAX_TOKEN_BYTES || claims.contains('.') {
            return Err(TokenError::Malformed);
        }
        let wanted = WantedKey::read(&json(header)?)?;
        let signature = decode(signature)?;
        let claims = self.check(&json(claims)?, now)?;
        // The key's algorithm decides: the token's `alg` only selected the key.
        let has_signed = |key: &Jwk| {
            let entry = (Sha256::digest(token).into(), key.public.clone());
            let is_known = lock(&self.signed).contains(&entry);
            if is_known || !key.public.has_signed(message.as_bytes(), &signature) {
                return is_known;
            }
            lock(&self.signed).truncate(Self::MAX_SIGNED - 1);
            lock(&self.signed).push_front(entry);
            true
        };
        let is_signed = match &self.keys {
            Keys::Static(keys) => has_signed(keys.find(&wanted)?),
            Keys::Published(keys) => has_signed(&keys.find(&wanted).await?),
        };
        if is_signed { Ok(claims) } else { Err(TokenError::Signature) }
    }
}

impl Verifier {
    fn check(&self, claims: &Value, now: Timestamp) -> Result<Claims, TokenError> {
        let claim = |name| claims.get(name).ok_or(TokenError::Malformed);
        if claim("iss")? != self.issuer.as_str() {
            return Err(TokenError::Issuer);
        }
        let is_audience = match claim("aud")? {
            Value::Array(list) => list.iter().any(|audience| audience == self.audience.as_str()),
            audience => audience == self.audience.as_str(),
        };
        if !is_audience {
            return Err(TokenError::Audience);
        }
        check_time(claims, now)?;
        let subject = claim("sub")?.as_str().filter(|subject| is_sane(subject)).ok_or(TokenError::Malformed)?;
        let scopes = scopes(claims, self.scopes);
        Ok(Claims { issuer: self.issuer.clone(), subject: subject.to_owned(), scopes })
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}

fn json(part: &str) -> Result<Value, TokenError> {
    serde_json::from_slice(&decode(part)?).map_err(|_| TokenError::Malformed)
}

/// `exp` and `nbf` are in seconds since 1970, maybe with fractions (RFC 7519 section 2).
fn check_time(claims: &Value, now: Timestamp) -> Result<(), TokenError> {
    let now = now.as_millis() as f64 / 1000.0;
    let expires = claims.get("exp").and_then(Value::as_f64).ok_or(TokenError::Malformed)?;
    if now >= expires + LEEWAY.as_secs_f64() {
        return Err(TokenError::Expired);
    }
    match claims.get("nbf").map(Value::as_f64) {
        Some(None) => Err(TokenError::Malformed),
        Some(Some(begins)) if now < begins - LEEWAY.as_secs_f64() => Err(TokenError::NotYetValid),
        _ => Ok(()),
    }
}

fn is_sane(subject: &str) -> bool {
    let length = subject.chars().count();
    (1..=MAX_SUBJECT_LENGTH).contains(&length) && !subject.chars().any(char::is_control)
}

/// Reads words or a list in `scope` (RFC 8693 section 4.2), or in `scp` as some issuers write. Ignores unknown scopes.
fn scopes(claims: &Value, known: &[Scope]) -> Scopes {
    let words = ["scope", "scp"].into_iter().filter_map(|name| claims.get(name)).flat_map(|value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().flat_map(|words| words.split(' ')).collect::<Vec<_>>(),
    });
    Scopes::named(known, words)
}

#[cfg(test)]
mod tests;
