//! Which keys of a set can be used.

use serde_json::json;

use super::*;
use crate::tokens::test_keys::{TestKey, ed25519, encode, p256, rsa};

fn parse(keys: &[Value]) -> Result<Jwks, InvalidValue> {
    Jwks::parse(json!({ "keys": keys }).to_string().as_bytes())
}

fn with(key: &TestKey, member: &str, value: Value) -> Value {
    let mut jwk = key.jwk("k");
    jwk[member] = value;
    jwk
}

#[test]
fn a_key_of_each_kind_is_taken() {
    let keys = parse(&[rsa().jwk("r"), p256().jwk("p"), ed25519().jwk("e")]).unwrap();
    assert_eq!(keys.count(), 3);
    for (id, algorithm) in [("r", Algorithm::Rs256), ("p", Algorithm::Es256), ("e", Algorithm::Ed25519)] {
        let wanted = |id: Option<&str>| WantedKey { algorithm, id: id.map(str::to_owned) };
        assert_eq!(keys.find(&wanted(Some(id))).unwrap().public.algorithm(), algorithm);
        assert_eq!(keys.find(&wanted(None)).unwrap().id.as_deref(), Some(id));
        assert_eq!(keys.find(&wanted(Some("other"))), Err(TokenError::UnknownKey));
    }
    let confused = WantedKey { algorithm: Algorithm::Rs256, id: Some("p".into()) };
    assert_eq!(keys.find(&confused), Err(TokenError::Algorithm));
}

#[test]
fn without_a_name_there_must_be_one_key_alone() {
    let keys = parse(&[ed25519().jwk("a"), ed25519().jwk("b")]).unwrap();
    let wanted = |algorithm| WantedKey { algorithm, id: None };
    for algorithm in [Algorithm::Ed25519, Algorithm::Rs256] {
        assert_eq!(keys.find(&wanted(algorithm)), Err(TokenError::UnknownKey));
    }
}

#[test]
fn what_is_no_set_is_refused() {
    for text in ["", "{", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#] {
        assert_eq!(Jwks::parse(text.as_bytes()), Err(Jwks::NO_SET), "{text}");
    }
    assert_eq!(parse(&[]), Err(Jwks::NO_KEY));
}

#[test]
fn keys_for_something_else_are_left_out() {
    let (rsa, p256, ed25519) = (rsa(), p256(), ed25519());
    for key in [
        with(&rsa, "use", json!("enc")),
        with(&rsa, "alg", json!("RS512")),
        with(&rsa, "alg", json!("HS256")),
        with(&rsa, "key_ops", json!(["encrypt"])),
        with(&rsa, "kid", json!(1)),
        with(&rsa, "kty", json!("oct")),
        with(&p256, "crv", json!("P-384")),
        with(&p256, "alg", json!("EdDSA")),
        with(&ed25519, "crv", json!("X25519")),
        with(&ed25519, "alg", Value::Null),
        json!("a key"),
        json!({ "kty": "oct", "k": "AAAA", "alg": "HS256" }),
    ] {
        assert_eq!(parse(std::slice::from_ref(&key)), Err(Jwks::NO_KEY), "{key}");
        assert_eq!(parse(&[key, p256.jwk("good")]).unwrap().count(), 1);
    }
    let all = [("use", json!("sig")), ("alg", json!("RS256")), ("key_ops", json!(["verify"]))];
    for (member, value) in all {
        assert!(parse(&[with(&rsa, member, value)]).is_ok(), "{member}");
    }
}

#[test]
fn broken_and_weak_keys_are_left_out() {
    let (rsa, p256, ed25519) = (rsa(), p256(), ed25519());
    let zeros = URL_SAFE_NO_PAD.encode([0; 32]);
    for key in [
        with(&rsa, "n", json!("!")),
        with(&p256, "x", json!(zeros)),
        with(&p256, "y", json!("AA")),
        with(&ed25519, "x", json!(zeros)),
        with(&ed25519, "x", json!("AA")),
    ] {
        assert_eq!(parse(std::slice::from_ref(&key)), Err(Jwks::NO_KEY), "{key}");
    }
}

#[test]
fn rsa_keys_have_a_modulus_and_an_exponent_in_bounds() {
    // Only the length of a modulus is checked, not its factors.
    let modulus = |bits: usize| {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] >>= bytes.len() * 8 - bits;
        bytes
    };
    let is_taken = |bits, exponent: u64| {
        let exponent = exponent.to_be_bytes();
        let key = json!({ "kty": "RSA", "n": encode(modulus(bits)), "e": encode(exponent) });
        parse(&[key]).is_ok()
    };
    for (bits, expected) in [(1024, false), (2047, false), (2048, true), (4096, true), (4097, false), (8192, false)] {
        assert_eq!(is_taken(bits, 65_537), expected, "{bits} bits");
    }
    for (exponent, expected) in [
        (0, false),
        (1, false),
        (3, false),
        (65_535, false),
        (65_536, false),
        (65_537, true),
        (65_538, false),
        ((1 << 33) - 1, true),
        ((1 << 33) + 1, false),
        (u64::MAX, false),
    ] {
        assert_eq!(is_taken(2048, exponent), expected, "{exponent}");
    }
}
