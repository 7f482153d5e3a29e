//! Which tokens are accepted with a given set of keys.

use futures_util::FutureExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::test_keys::{TestKey, ed25519, encode, p256, rsa};
use super::*;
use crate::types::Scope;

const READ: Scope = Scope("things:read");
const WRITE: Scope = Scope("things:write");
const SCOPES: [Scope; 2] = [READ, WRITE];

const NOW: u64 = 1_700_000_000;

fn verify_by(keys: &[(&str, &TestKey)], token: &str) -> Result<Claims, TokenError> {
    let keys: Vec<_> = keys.iter().map(|(id, key)| key.jwk(id)).collect();
    verify(&Jwks::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap(), token)
}

fn verify(keys: &Jwks, token: &str) -> Result<Claims, TokenError> {
    let verifier = Verifier::new("https://issuer", "things", &SCOPES, Keys::Static(keys.clone()));
    verifier.verify(token, Timestamp::from(1000 * i64::try_from(NOW).unwrap())).now_or_never().unwrap()
}

fn claims() -> Value {
    json!({ "iss": "https://issuer", "aud": "things", "sub": "sam", "exp": NOW + 60 })
}

/// Verifies good claims with this one changed or removed.
fn with(member: &str, value: Option<Value>) -> Result<Claims, TokenError> {
    let key = ed25519();
    let mut claims = claims();
    match value {
        Some(value) => claims[member] = value,
        None => drop(claims.as_object_mut().unwrap().remove(member)),
    }
    verify_by(&[("k", &key)], &key.token("k", &claims))
}

fn failure(member: &str, value: Value) -> Option<TokenError> {
    with(member, Some(value)).err()
}

#[test]
fn a_good_token_of_each_algorithm_is_taken() {
    for key in [rsa(), p256(), ed25519()] {
        let found = verify_by(&[("k", &key)], &key.token("k", &claims())).unwrap();
        assert_eq!((found.issuer.as_str(), found.subject.as_str()), ("https://issuer", "sam"));
        assert!(!found.scopes.contains(READ));
        let nameless = key.sign(&json!({ "alg": key.algorithm() }), &claims());
        assert!(verify_by(&[("k", &key)], &nameless).is_ok());
    }
}

#[test]
fn a_valid_signature_is_remembered_for_its_token_and_key_alone() {
    let (key, other) = (ed25519(), ed25519());
    let verifier_of = |key: &TestKey| {
        let keys = Jwks::parse(json!({ "keys": [key.jwk("k")] }).to_string().as_bytes()).unwrap();
        Verifier::new("https://issuer", "things", &SCOPES, Keys::Static(keys))
    };
    let mut verifier = verifier_of(&key);
    let verify = |verifier: &Verifier, token: &str, seconds: u64| {
        let now = Timestamp::from(1000 * i64::try_from(seconds).unwrap());
        verifier.verify(token, now).now_or_never().unwrap()
    };
    let token = key.token("k", &claims());
    for _ in 0..2 {
        assert!(verify(&verifier, &token, NOW).is_ok());
        assert_eq!(verifier.signed.lock().unwrap().len(), 1);
    }
    let forged = other.token("k", &claims());
    assert_eq!(verify(&verifier, &forged, NOW), Err(TokenError::Signature));
    assert_eq!(verifier.signed.lock().unwrap().len(), 1);
    assert_eq!(verify(&verifier, &token, NOW + 1000), Err(TokenError::Expired));

    // The issuer replaces its key under the same name.
    let signed = std::mem::take(&mut *verifier.signed.lock().unwrap());
    verifier = verifier_of(&other);
    *verifier.signed.lock().unwrap() = signed;
    assert_eq!(verify(&verifier, &token, NOW), Err(TokenError::Signature));

    for number in 0..2 * Verifier::MAX_SIGNED {
        let mut claims = claims();
        claims["jti"] = json!(number);
        assert!(verify(&verifier, &other.token("k", &claims), NOW).is_ok());
    }
    assert_eq!(verifier.signed.lock().unwrap().len(), Verifier::MAX_SIGNED);
}

#[test]
fn ed25519_has_two_names() {
    let key = ed25519();
    let mut jwk = key.jwk("k");
    for of_key in ["EdDSA", "Ed25519"] {
        jwk["alg"] = json!(of_key);
        let keys = Jwks::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
        for of_token in ["EdDSA", "Ed25519"] {
            let token = key.sign(&json!({ "alg": of_token, "kid": "k" }), &claims());
            assert!(verify(&keys, &token).is_ok(), "{of_key} {of_token}");
        }
    }
    // The `kid` matches, but the key is of another kind.
    let other = p256();
    for token in ["Ed25519", "Ed448", "ed25519"].map(|name| key.sign(&json!({ "alg": name, "kid": "k" }), &claims())) {
        assert_eq!(verify_by(&[("k", &other)], &token), Err(TokenError::Algorithm));
    }
}

#[test]
fn the_signature_is_checked_last() {
    let key = ed25519();
    let forged = |id, claims: &Value| verify_by(&[("k", &key)], &ed25519().token(id, claims));
    for (member, value, expected) in [
        ("iss", json!("https://other"), TokenError::Issuer),
        ("aud", json!("other"), TokenError::Audience),
        ("exp", json!(NOW - 60), TokenError::Expired),
        ("nbf", json!(NOW + 61), TokenError::NotYetValid),
        ("sub", json!(""), TokenError::Malformed),
    ] {
        let mut claims = claims();
        claims[member] = value;
        for id in ["k", "unknown"] {
            assert_eq!(forged(id, &claims), Err(expected.clone()), "{member} {id}");
        }
    }
    assert_eq!(forged("unknown", &claims()), Err(TokenError::UnknownKey));
    assert_eq!(forged("k", &claims()), Err(TokenError::Signature));
}

#[test]
fn time_has_a_leeway_of_a_minute() {
    for (expires, expected) in [
        (json!(NOW), None),
        (json!(NOW - 59), None),
        (json!(NOW as f64 - 59.5), None),
        (json!(NOW - 60), Some(TokenError::Expired)),
        (json!(0), Some(TokenError::Expired)),
        (json!(-1), Some(TokenError::Expired)),
        (json!("soon"), Some(TokenError::Malformed)),
        (Value::Null, Some(TokenError::Malformed)),
    ] {
        assert_eq!(failure("exp", expires.clone()), expected, "{expires}");
    }
    for (begins, expected) in [
        (json!(NOW + 60), None),
        (json!(NOW + 61), Some(TokenError::NotYetValid)),
        (json!("now"), Some(TokenError::Malformed)),
        (Value::Null, Some(TokenError::Malformed)),
    ] {
        assert_eq!(failure("nbf", begins.clone()), expected, "{begins}");
    }
}

#[test]
fn issuer_and_audience_must_be_the_expected_ones() {
    for other in [json!("https://issuer/"), json!("HTTPS://issuer"), json!(""), json!(["https://issuer"])] {
        assert_eq!(failure("iss", other.clone()), Some(TokenError::Issuer), "{other}");
    }
    for other in [json!("mini"), json!(""), json!([]), json!(["other"])] {
        assert_eq!(failure("aud", other.clone()), Some(TokenError::Audience), "{other}");
    }
    assert_eq!(failure("aud", json!(["other", "things"])), None);
    for member in ["iss", "sub", "aud", "exp"] {
        assert_eq!(with(member, None).err(), Some(TokenError::Malformed), "{member}");
    }
}

#[test]
fn a_subject_is_one_line_of_bounded_length() {
    for subject in ["", "a\nb", "\u{7f}", &"s".repeat(MAX_SUBJECT_LENGTH + 1)] {
        assert_eq!(failure("sub", json!(subject)), Some(TokenError::Malformed), "{subject:?}");
    }
    assert_eq!(failure("sub", json!(1)), Some(TokenError::Malformed));
    assert_eq!(failure("sub", json!("s".repeat(MAX_SUBJECT_LENGTH))), None);
}

#[test]
fn scopes_are_read_in_every_form() {
    for (member, value) in [
        ("scope", json!("openid things:read  things:delete")),
        ("scp", json!("things:read")),
        ("scp", json!(["things:read", 1, "profile"])),
    ] {
        let scopes = with(member, Some(value)).unwrap().scopes;
        assert!(scopes.contains(READ) && !scopes.contains(WRITE), "{member}");
    }
    let scopes = with("scope", Some(json!("things:write things:read"))).unwrap().scopes;
    assert!(scopes.contains(READ) && scopes.contains(WRITE));
    assert!(!with("scope", Some(json!(1))).unwrap().scopes.contains(READ));
}

#[test]
fn no_algorithm_but_the_keys_own_is_taken() {
    let (rsa, p256) = (rsa(), p256());
    let keys = [("r", &rsa), ("p", &p256)];
    let body = claims();
    for algorithm in ["none", "None", "", "HS256", "HS512", "RS384", "PS256", "ES384", "rs256"] {
        let token = rsa.sign(&json!({ "alg": algorithm, "kid": "r" }), &body);
        assert_eq!(verify_by(&keys, &token), Err(TokenError::Algorithm), "{algorithm}");
    }
    // The signature is good, but the token names another key, or its own key with another algorithm.
    for (key, id, algorithm) in
        [(&rsa, "p", "RS256"), (&p256, "r", "ES256"), (&rsa, "r", "ES256"), (&p256, "p", "EdDSA")]
    {
        let token = key.sign(&json!({ "alg": algorithm, "kid": id }), &body);
        assert_eq!(verify_by(&keys, &token), Err(TokenError::Algorithm), "{id} {algorithm}");
    }
}

#[test]
fn a_public_key_is_no_secret() {
    let key = rsa();
    for secret in [key.jwk("r").to_string(), key.jwk("r")["n"].as_str().unwrap().to_owned()] {
        let message = format!("{}.{}", encode(r#"{"alg":"HS256","kid":"r"}"#), encode(claims().to_string()));
        let token = format!("{message}.{}", encode(hmac(secret.as_bytes(), message.as_bytes())));
        assert_eq!(verify_by(&[("r", &key)], &token), Err(TokenError::Algorithm));
    }
}

#[test]
fn what_was_changed_after_it_was_signed_is_refused() {
    for key in [rsa(), p256(), ed25519()] {
        let keys = [("k", &key)];
        let token = key.token("k", &claims());
        let parts: Vec<_> = token.split('.').collect();
        let other = encode(json!({ "iss": "https://issuer", "aud": "things", "sub": "eve", "exp": NOW }).to_string());
        let signature = encode([0; 64]);
        for changed in [[parts[0], &other, parts[2]], [parts[0], parts[1], ""], [parts[0], parts[1], &signature]] {
            assert_eq!(verify_by(&keys, &changed.join(".")), Err(TokenError::Signature));
        }
        let stranger = if key.algorithm() == "EdDSA" { ed25519() } else { p256() };
        let forged = stranger.sign(&json!({ "alg": key.algorithm(), "kid": "k" }), &claims());
        assert_eq!(verify_by(&keys, &forged), Err(TokenError::Signature));
    }
}

#[test]
fn keys_in_a_token_are_not_used() {
    let (key, stranger) = (p256(), p256());
    let header = json!({ "alg": "ES256", "kid": "k", "jwk": stranger.jwk("k"), "jku": "https://stranger/jwks" });
    assert_eq!(verify_by(&[("k", &key)], &stranger.sign(&header, &claims())), Err(TokenError::Signature));
}

#[test]
fn what_is_no_token_is_refused() {
    let key = ed25519();
    let keys = [("k", &key)];
    let whole = key.token("k", &claims());
    let (message, _) = whole.rsplit_once('.').unwrap();
    let long = format!("{whole}{}", "A".repeat(MAX_TOKEN_BYTES));
    let encrypted = format!("{}.a.b.c.d", encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#));
    for token in ["", ".", "..", "a.b.c", "é..", message, &format!("{whole}."), &format!("{whole}="), &long, &encrypted]
    {
        assert_eq!(verify_by(&keys, token), Err(TokenError::Malformed), "{token}");
    }
    for header in [
        json!("EdDSA"),
        json!({ "kid": "k" }),
        json!({ "alg": 1, "kid": "k" }),
        json!({ "alg": "EdDSA", "kid": 1 }),
        json!({ "alg": "EdDSA", "kid": "k", "crit": ["exp"] }),
        json!({ "alg": "EdDSA", "kid": "k", "crit": [] }),
        json!({ "alg": "EdDSA", "kid": "k", "b64": false, "crit": ["b64"] }),
    ] {
        assert_eq!(verify_by(&keys, &key.sign(&header, &claims())), Err(TokenError::Malformed), "{header}");
    }
    for claims in [json!("sam"), json!([]), Value::Null] {
        assert_eq!(verify_by(&keys, &key.token("k", &claims)), Err(TokenError::Malformed), "{claims}");
    }
    assert_eq!(verify_by(&keys, &key.token("other", &claims())), Err(TokenError::UnknownKey));
}

#[test]
fn a_token_may_be_as_long_as_the_bound() {
    let key = ed25519();
    let mut claims = claims();
    claims["filler"] = json!("");
    // In Base64, three bytes of claims become four of the token.
    let room = (MAX_TOKEN_BYTES - key.token("k", &claims).len()) / 4 * 3;
    claims["filler"] = json!("f".repeat(room));
    let longest = key.token("k", &claims);
    assert!(longest.len() > MAX_TOKEN_BYTES - 4, "{}", longest.len());
    assert!(verify_by(&[("k", &key)], &longest).is_ok());
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    let digest = Sha256::digest(secret);
    let secret = if secret.len() > block.len() { digest.as_slice() } else { secret };
    block[..secret.len()].copy_from_slice(secret);
    let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36)[..], message].concat());
    Sha256::digest([&block.map(|byte| byte ^ 0x5c)[..], &inner].concat()).to_vec()
}
