//! A set of an issuer's public keys (RFC 7517 section 5).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use thiserror::Error;

use super::crypto::PublicKey;
use super::verify::WantedKey;
use crate::ports::TokenError;

/// Length of a coordinate of P-256, in bytes (RFC 7518 section 6.2.1.2).
const COORDINATE_BYTES: usize = 32;

/// The start of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The keys of a set that tokens may be signed with here: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwks(Vec<Jwk>);

/// One key, for one algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Jwk {
    id: Option<String>,
    pub(super) algorithm: Algorithm,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Bytes(Vec<u8>),
}

/// Why a text is no set of keys to check tokens by. None of it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JwksError {
    /// It is no JSON object with the member `keys`.
    #[error("must be a JWK set")]
    NoSet,
    /// No key of it is one for RS256 (of 2048 to 4096 bits), ES256 or EdDSA with Ed25519.
    #[error("has no key for RS256, ES256 or EdDSA")]
    NoKey,
}

impl Jwks {
    /// Reads a set. Keys that are broken, weak, or for something else are left out, as RFC 7517
    /// section 5 would have it.
    pub fn parse(text: &[u8]) -> Result<Self, JwksError> {
        let set: Value = serde_json::from_slice(text).map_err(|_| JwksError::NoSet)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(JwksError::NoSet)?;
        let keys: Vec<_> = keys.iter().filter_map(Jwk::read).collect();
        if keys.is_empty() { Err(JwksError::NoKey) } else { Ok(Self(keys)) }
    }

    /// How many keys there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The key that a token says it is signed with. A token that names none is taken to mean the one
    /// of its algorithm, if there is just one.
    pub(super) fn find(&self, wanted: &WantedKey) -> Result<&Jwk, TokenError> {
        let mut fitting = self.0.iter().filter(|key| key.algorithm == wanted.algorithm);
        let Some(id) = &wanted.id else {
            return match (fitting.next(), fitting.next()) {
                (Some(key), None) => Ok(key),
                _ => Err(TokenError::UnknownKey),
            };
        };
        let is_named = |key: &&Jwk| key.id.as_ref() == Some(id);
        let is_known = self.0.iter().any(|key| is_named(&key));
        let other = if is_known { TokenError::Algorithm } else { TokenError::UnknownKey };
        fitting.find(is_named).ok_or(other)
    }
}

impl Jwk {
    fn read(key: &Value) -> Option<Self> {
        let (algorithm, name) = match (text(key, "kty")?, text(key, "crv")) {
            ("RSA", None) => (Algorithm::RS256, "RS256"),
            ("EC", Some("P-256")) => (Algorithm::ES256, "ES256"),
            ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, "EdDSA"),
            _ => return None,
        };
        let is_absent_or = |member, value| key.get(member).is_none_or(|found| found == value);
        let may_verify = key.get("key_ops").is_none_or(|operations| contains(operations, "verify"));
        if !is_absent_or("use", "sig") || !is_absent_or("alg", name) || !may_verify {
            return None;
        }
        let id = match key.get("kid") {
            None => None,
            Some(id) => Some(id.as_str()?.to_owned()),
        };
        let material = match algorithm {
            Algorithm::RS256 => Material::Rsa { modulus: bytes(key, "n")?, exponent: bytes(key, "e")? },
            Algorithm::ES256 => Material::Bytes(point(&bytes(key, "x")?, &bytes(key, "y")?)?),
            _ => Material::Bytes(bytes(key, "x")?),
        };
        material.is_good(algorithm).then_some(Self { id, algorithm, material })
    }

    /// The key as `jsonwebtoken` takes it.
    pub(super) fn decoding_key(&self) -> DecodingKey {
        match (&self.material, self.algorithm) {
            (Material::Rsa { modulus, exponent }, _) => DecodingKey::from_rsa_raw_components(modulus, exponent),
            (Material::Bytes(point), Algorithm::ES256) => DecodingKey::from_ec_der(point),
            (Material::Bytes(bytes), _) => DecodingKey::from_ed_der(bytes),
        }
    }
}

impl Material {
    fn is_good(&self, algorithm: Algorithm) -> bool {
        let key = match self {
            Self::Rsa { modulus, exponent } => PublicKey::rsa(modulus, exponent),
            Self::Bytes(point) if algorithm == Algorithm::ES256 => PublicKey::p256(point),
            Self::Bytes(bytes) => PublicKey::ed25519(bytes),
        };
        key.is_some()
    }
}

fn text<'a>(key: &'a Value, member: &str) -> Option<&'a str> {
    key.get(member)?.as_str()
}

fn bytes(key: &Value, member: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(key, member)?).ok()
}

fn contains(list: &Value, word: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|item| item == word))
}

fn point(x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    let is_whole = x.len() == COORDINATE_BYTES && y.len() == COORDINATE_BYTES;
    is_whole.then(|| [&[UNCOMPRESSED], x, y].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tokens::test_keys::{TestKey, ed25519, p256, rsa, rsa_of};

    fn parse(keys: &[Value]) -> Result<Jwks, JwksError> {
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
        for (id, algorithm) in [("r", Algorithm::RS256), ("p", Algorithm::ES256), ("e", Algorithm::EdDSA)] {
            let wanted = |id: Option<&str>| WantedKey { algorithm, id: id.map(str::to_owned) };
            assert_eq!(keys.find(&wanted(Some(id))).unwrap().algorithm, algorithm);
            assert_eq!(keys.find(&wanted(None)).unwrap().id.as_deref(), Some(id));
            assert_eq!(keys.find(&wanted(Some("other"))), Err(TokenError::UnknownKey));
        }
        let confused = WantedKey { algorithm: Algorithm::RS256, id: Some("p".into()) };
        assert_eq!(keys.find(&confused), Err(TokenError::Algorithm));
    }

    #[test]
    fn without_a_name_there_must_be_one_key_alone() {
        let keys = parse(&[ed25519().jwk("a"), ed25519().jwk("b")]).unwrap();
        let wanted = |algorithm| WantedKey { algorithm, id: None };
        for algorithm in [Algorithm::EdDSA, Algorithm::RS256] {
            assert_eq!(keys.find(&wanted(algorithm)), Err(TokenError::UnknownKey));
        }
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in ["", "{", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#] {
            assert_eq!(Jwks::parse(text.as_bytes()), Err(JwksError::NoSet), "{text}");
        }
        assert_eq!(parse(&[]), Err(JwksError::NoKey));
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
            assert_eq!(parse(std::slice::from_ref(&key)), Err(JwksError::NoKey), "{key}");
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
        let zeros = URL_SAFE_NO_PAD.encode([0; COORDINATE_BYTES]);
        for key in [
            rsa_of(1024).jwk("short"),
            with(&rsa, "e", json!("AQ")),
            with(&rsa, "e", json!("Ag")),
            with(&rsa, "e", json!("")),
            with(&rsa, "e", json!("A_____8")),
            with(&rsa, "n", json!("!")),
            with(&p256, "x", json!(zeros)),
            with(&p256, "y", json!("AA")),
            with(&ed25519, "x", json!(zeros)),
            with(&ed25519, "x", json!("AA")),
        ] {
            assert_eq!(parse(std::slice::from_ref(&key)), Err(JwksError::NoKey), "{key}");
        }
    }
}
