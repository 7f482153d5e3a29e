//! Bearer tokens and JWK sets. The first line is the header of a token and the second its claims; the target signs them
//! with its own Ed25519 key. The third line is a foreign signature or token. The rest is a JWK set.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::ports::{Claims, TokenError, Tokens};
use chassis::tokens::{Jwks, Keys, Verifier};
use chassis::types::{Scope, Timestamp};
use ed25519_dalek::{Signer, SigningKey};
use fuzz::{first_line, now};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "mini-api";
const SCOPES: &[Scope] = &[Scope("things:read"), Scope("things:write")];
const NOW: u64 = 1_800_000_000;
const LEEWAY: f64 = 60.0;
/// Length of claims, in bytes, up to which a token is never too long.
const LONGEST_CLAIMS: usize = 4096;

/// Public keys of the verifier. The target has only the private key of the first one.
static KEYS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let public = URL_SAFE_NO_PAD.encode(SIGNER.verifying_key().as_bytes());
    let ours = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": public });
    let others: Value = serde_json::from_str(include_str!("../src/keys.json")).expect("a set");
    [&[ours], others["keys"].as_array().expect("keys").as_slice()].concat()
});
static SIGNER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[7; 32]));
static VERIFIER: LazyLock<Arc<Verifier>> = LazyLock::new(|| {
    let set = Jwks::parse(json!({ "keys": *KEYS }).to_string().as_bytes()).expect("a set");
    assert_eq!(set.count(), 3);
    verifier(set)
});

fuzz_target!(|data: &[u8]| {
    let (header, rest) = first_line(data);
    let (claims, rest) = first_line(rest);
    let (foreign, set) = first_line(rest);

    let token = sign(header, claims);
    let verified = verify(&VERIFIER, &token);
    if let Ok(found) = &verified {
        check_header(header);
        check_claims(found, claims);
    }
    if let Ok(claims @ Value::Object(_)) = serde_json::from_slice(claims) {
        check_accepted(&claims);
    }
    check_forged(&token, &String::from_utf8_lossy(foreign));
    check_set(set, &token);
});

fn verifier(set: Jwks) -> Arc<Verifier> {
    Verifier::new(ISSUER, AUDIENCE, SCOPES, Keys::Static(set))
}

fn verify(verifier: &Verifier, token: &str) -> Result<Claims, TokenError> {
    now(verifier.verify(token, Timestamp::from(0).after(Duration::from_secs(NOW))))
}

fn sign(header: &[u8], claims: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = SIGNER.sign(message.as_bytes()).to_bytes();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Checks the header of an accepted token.
fn check_header(header: &[u8]) {
    let header: Value = serde_json::from_slice(header).expect("JSON");
    assert!(["EdDSA", "Ed25519"].iter().any(|name| header["alg"] == *name), "{header}");
    assert!(header.get("crit").is_none() && header.get("kid").is_none_or(|kid| kid == "k"), "{header}");
}

/// Checks what the verifier returned for the claims of an accepted token.
fn check_claims(found: &Claims, claims: &[u8]) {
    let claims: Value = serde_json::from_slice(claims).expect("JSON");
    assert!(is_good(&claims), "{claims}");
    assert_eq!(found.issuer, ISSUER);
    assert_eq!(claims["sub"], found.subject.as_str());
    let text = claims.to_string();
    for scope in SCOPES.iter().copied() {
        assert!(!found.scopes.contains(scope) || text.contains(scope.0), "a scope that nobody gave");
    }
}

/// Checks that a token is accepted at `NOW` if and only if its claims are good. It may be refused if it is too long.
fn check_accepted(claims: &Value) {
    let result = verify(&VERIFIER, &sign(br#"{"alg":"EdDSA","kid":"k"}"#, claims.to_string().as_bytes()));
    match result {
        Ok(_) => assert!(is_good(claims), "{claims}"),
        Err(error) => assert!(!is_good(claims) || claims.to_string().len() > LONGEST_CLAIMS, "{error}: {claims}"),
    }
}

fn is_good(claims: &Value) -> bool {
    let time = |name| claims.get(name).and_then(Value::as_f64);
    let is_audience = match &claims["aud"] {
        Value::Array(list) => list.iter().any(|item| item == AUDIENCE),
        one => one == AUDIENCE,
    };
    let subject = claims["sub"].as_str().unwrap_or_default();
    let has_begun = claims.get("nbf").is_none() || time("nbf").is_some_and(|begins| begins - LEEWAY <= NOW as f64);
    claims["iss"] == ISSUER
        && is_audience
        && has_begun
        && time("exp").is_some_and(|ends| ends + LEEWAY > NOW as f64)
        && (1..=255).contains(&subject.chars().count())
        && !subject.chars().any(char::is_control)
}

/// Checks that the verifier accepts no foreign signature.
fn check_forged(token: &str, foreign: &str) {
    assert!(verify(&VERIFIER, foreign).is_err(), "a forged token is taken");
    let Some((message, signature)) = token.rsplit_once('.') else { return };
    if foreign != signature {
        assert!(verify(&VERIFIER, &format!("{message}.{foreign}")).is_err(), "a forged signature is taken");
    }
    assert!(verify(&VERIFIER, &format!("{message}.")).is_err(), "no signature is taken");
}

/// Checks that a verifier with this set accepts the target's token only if the set holds the target's key.
fn check_set(set: &[u8], token: &str) {
    let Ok(keys) = Jwks::parse(set) else { return };
    let set: Value = serde_json::from_slice(set).expect("JSON");
    let listed = set["keys"].as_array().expect("a list");
    assert!((1..=listed.len()).contains(&keys.count()));
    let is_ours = listed.iter().any(|key| key["x"] == KEYS[0]["x"] && key["kty"] == "OKP");
    assert!(verify(&verifier(keys), token).is_err() || is_ours, "somebody else's key is taken for ours");
}
