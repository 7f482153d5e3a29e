//! What a token says, and whether that may be believed. Nothing here waits for anything.
//!
//! The signature is checked last, because only that is costly, and every client can send tokens. RFC 7519 section 7.2
//! and RFC 7515 section 5.2 leave the order open; every step must succeed in the end.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::jwks::{Jwk, WantedKey};
use crate::ports::{Claims, TokenError};
use crate::types::{Scope, Scopes};

/// Longest token, in bytes: servers take headers of about as much, and a token is read before anybody
/// is known to have sent it.
pub(super) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// How far the clocks of the issuer and of this machine may be apart.
pub(super) const LEEWAY: Duration = Duration::from_secs(60);

/// Longest `sub`, in characters, as in OpenID Connect Core section 2: it goes into every log line.
pub(super) const MAX_SUBJECT_LENGTH: usize = 255;

/// What tokens are for.
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audience: String,
    /// Every scope of the API.
    pub(super) scopes: &'static [Scope],
}

/// A token whose signature has not been checked.
pub(super) struct Unverified<'a> {
    pub(super) wanted: WantedKey,
    /// What is signed.
    message: &'a str,
    signature: Vec<u8>,
    claims: Value,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart.
    pub(super) fn read(token: &'a str) -> Result<Self, TokenError> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
        // Four dots are an encrypted token (RFC 7516 section 7.1).
        if token.len() > MAX_TOKEN_BYTES || claims.contains('.') {
            return Err(TokenError::Malformed);
        }
        let wanted = WantedKey::read(&json(header)?)?;
        Ok(Self { wanted, message, signature: decode(signature)?, claims: json(claims)? })
    }

    /// What the token says, if it is as expected at `now`.
    pub(super) fn claims(&self, expected: &Expected, now: SystemTime) -> Result<Claims, TokenError> {
        let claim = |name| self.claims.get(name).ok_or(TokenError::Malformed);
        if claim("iss")? != expected.issuer.as_str() {
            return Err(TokenError::Issuer);
        }
        let is_audience = match claim("aud")? {
            Value::Array(list) => list.iter().any(|audience| audience == expected.audience.as_str()),
            audience => audience == expected.audience.as_str(),
        };
        if !is_audience {
            return Err(TokenError::Audience);
        }
        check_time(&self.claims, now)?;
        let subject = claim("sub")?.as_str().filter(|subject| is_sane(subject)).ok_or(TokenError::Malformed)?;
        let scopes = scopes(&self.claims, expected.scopes);
        Ok(Claims { issuer: expected.issuer.clone(), subject: subject.to_owned(), scopes })
    }

    /// Whether `key` has signed the token. The key's algorithm is the one that counts: what the token says of
    /// itself has only led to the key.
    pub(super) fn check_signature(&self, key: &Jwk) -> Result<(), TokenError> {
        let is_signed = key.public.has_signed(self.message.as_bytes(), &self.signature);
        if is_signed { Ok(()) } else { Err(TokenError::Signature) }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}

fn json(part: &str) -> Result<Value, TokenError> {
    serde_json::from_slice(&decode(part)?).map_err(|_| TokenError::Malformed)
}

/// `exp` and `nbf`, in seconds since 1970, of which there may be fractions (RFC 7519 section 2).
fn check_time(claims: &Value, now: SystemTime) -> Result<(), TokenError> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
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

/// `scope` (RFC 8693 section 4.2), and `scp`, as some issuers have it: words between spaces, or a list.
/// Scopes of other services are none of ours.
fn scopes(claims: &Value, known: &[Scope]) -> Scopes {
    let words = ["scope", "scp"].into_iter().filter_map(|name| claims.get(name)).flat_map(|value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().flat_map(|words| words.split(' ')).collect::<Vec<_>>(),
    });
    Scopes::named(known, words)
}
