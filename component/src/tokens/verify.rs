//! What a token says, if it may be believed. Nothing here asks anybody.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::Value;

use super::jwks::Jwk;
use crate::domain::{Scope, Scopes};
use crate::ports::{Claims, TokenError};

/// Longest token, in bytes: servers take headers of about as much, and a token is read before anybody
/// is known to have sent it.
pub(super) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// How far the clocks of the issuer and of this machine may be apart.
pub(super) const LEEWAY: Duration = Duration::from_secs(60);

/// Longest `sub`, in characters, as in OpenID Connect Core section 2: it goes into every log line.
pub(super) const MAX_SUBJECT_LENGTH: usize = 255;

/// What every token must have. `jsonwebtoken` looks whether they are there.
const REQUIRED: [&str; 4] = ["iss", "sub", "aud", "exp"];

/// What tokens are for.
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audience: String,
}

/// By which key a token says that it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WantedKey {
    pub(super) algorithm: Algorithm,
    pub(super) id: Option<String>,
}

/// Reads the token's header, of which nothing may be believed yet. One with `crit` is refused, as it
/// asks for what is not understood here (RFC 7515 section 4.1.11).
pub(super) fn wanted_key(token: &str) -> Result<WantedKey, TokenError> {
    if token.len() > MAX_TOKEN_BYTES || token.matches('.').count() != 2 {
        return Err(TokenError::Malformed);
    }
    let header = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| TokenError::Malformed)?;
    let header: Value = serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
    if header.get("crit").is_some() {
        return Err(TokenError::Malformed);
    }
    let id = match header.get("kid") {
        None => None,
        Some(id) => Some(id.as_str().ok_or(TokenError::Malformed)?.to_owned()),
    };
    let algorithm = match header.get("alg").and_then(Value::as_str).ok_or(TokenError::Malformed)? {
        "RS256" => Algorithm::RS256,
        "ES256" => Algorithm::ES256,
        "EdDSA" => Algorithm::EdDSA,
        _ => return Err(TokenError::Algorithm),
    };
    Ok(WantedKey { algorithm, id })
}

/// What the token says, if `key` has signed it and it is as expected at `now`.
pub(super) fn claims(token: &str, key: &Jwk, expected: &Expected, now: SystemTime) -> Result<Claims, TokenError> {
    // The key's algorithm is the only one: what the token says of itself is compared with it.
    let mut validation = Validation::new(key.algorithm);
    validation.set_required_spec_claims(&REQUIRED);
    validation.set_audience(&[&expected.audience]);
    // It would read the clock.
    validation.validate_exp = false;
    let data =
        jsonwebtoken::decode::<Value>(token, &key.decoding_key(), &validation).map_err(|error| refusal(&error))?;
    let claims = data.claims;
    // `jsonwebtoken` would take a list of issuers too.
    if claims.get("iss").and_then(Value::as_str) != Some(&expected.issuer) {
        return Err(TokenError::Issuer);
    }
    check_time(&claims, now)?;
    let subject = claims.get("sub").and_then(Value::as_str).filter(|subject| is_sane(subject));
    let subject = subject.ok_or(TokenError::Malformed)?.to_owned();
    Ok(Claims { issuer: expected.issuer.clone(), subject, scopes: scopes(&claims) })
}

fn refusal(error: &jsonwebtoken::errors::Error) -> TokenError {
    match error.kind() {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => TokenError::Algorithm,
        ErrorKind::InvalidAudience => TokenError::Audience,
        _ => TokenError::Malformed,
    }
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
fn scopes(claims: &Value) -> Scopes {
    let words = ["scope", "scp"].into_iter().filter_map(|name| claims.get(name)).flat_map(|value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().flat_map(|words| words.split(' ')).collect::<Vec<_>>(),
    });
    words.filter_map(Scope::parse).collect()
}
