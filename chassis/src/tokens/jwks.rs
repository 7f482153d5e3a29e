//! A set of an issuer's public keys (RFC 7517 section 5).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::crypto::{Algorithm, PublicKey};
use crate::ports::TokenError;
use crate::types::InvalidValue;

/// In bytes (RFC 7518 section 6.2.1.2).
const COORDINATE_BYTES: usize = 32;

/// The start of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The usable keys of a set: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwks {
    keys: Vec<Jwk>,
    pub(super) unusable: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Jwk {
    id: Option<String>,
    pub(super) public: PublicKey,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WantedKey {
    pub(super) algorithm: Algorithm,
    pub(super) id: Option<String>,
}

impl Jwks {
    const NO_SET: InvalidValue = InvalidValue("must be a JWK set");
    const NO_KEY: InvalidValue =
        InvalidValue("has no usable key: RS256 of 2048 to 4096 bits with an exponent from 65537, ES256 or EdDSA");

    /// Leaves out keys that are broken, weak, or for another purpose (RFC 7517 section 5).
    pub fn parse(text: &[u8]) -> Result<Self, InvalidValue> {
        let set: Value = serde_json::from_slice(text).map_err(|_| Self::NO_SET)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(Self::NO_SET)?;
        let usable: Vec<_> = keys.iter().filter_map(Jwk::read).collect();
        let unusable = keys.len() - usable.len();
        if usable.is_empty() { Err(Self::NO_KEY) } else { Ok(Self { keys: usable, unusable }) }
    }

    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// A token without `kid` means the only key of its algorithm.
    pub(super) fn find(&self, wanted: &WantedKey) -> Result<&Jwk, TokenError> {
        let mut fitting = self.keys.iter().filter(|key| key.public.algorithm() == wanted.algorithm);
        let Some(id) = &wanted.id else {
            return match (fitting.next(), fitting.next()) {
                (Some(key), None) => Ok(key),
                _ => Err(TokenError::UnknownKey),
            };
        };
        let is_named = |key: &&Jwk| key.id.as_ref() == Some(id);
        let is_known = self.keys.iter().any(|key| is_named(&key));
        let other = if is_known { TokenError::Algorithm } else { TokenError::UnknownKey };
        fitting.find(is_named).ok_or(other)
    }
}

impl Jwk {
    fn read(key: &Value) -> Option<Self> {
        let public = match (key["kty"].as_str()?, key["crv"].as_str()) {
            ("RSA", None) => PublicKey::rsa(&bytes(key, "n")?, &bytes(key, "e")?),
            ("EC", Some("P-256")) => PublicKey::p256(&point(&bytes(key, "x")?, &bytes(key, "y")?)?),
            ("OKP", Some("Ed25519")) => PublicKey::ed25519(&bytes(key, "x")?),
            _ => None,
        }?;
        let is_for = |name: &Value| name.as_str().and_then(Algorithm::parse) == Some(public.algorithm());
        let may_verify = key.get("use").is_none_or(|found| found == "sig")
            && key.get("alg").is_none_or(is_for)
            && key
                .get("key_ops")
                .is_none_or(|list| list.as_array().is_some_and(|list| list.contains(&"verify".into())));
        may_verify.then_some(Self { id: kid(key).ok()?, public })
    }
}

fn kid(object: &Value) -> Result<Option<String>, TokenError> {
    let id = object.get("kid").map(|id| id.as_str().map(str::to_owned).ok_or(TokenError::Malformed));
    id.transpose()
}

fn bytes(key: &Value, member: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(key[member].as_str()?).ok()
}

fn point(x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    let is_whole = x.len() == COORDINATE_BYTES && y.len() == COORDINATE_BYTES;
    is_whole.then(|| [&[UNCOMPRESSED], x, y].concat())
}

impl WantedKey {
    /// Reads a token's header. `crit` names extensions, of which the API has none (RFC 7515 section 4.1.11).
    pub(super) fn read(header: &Value) -> Result<Self, TokenError> {
        if header.get("crit").is_some() {
            return Err(TokenError::Malformed);
        }
        let id = kid(header)?;
        let algorithm = header.get("alg").and_then(Value::as_str).ok_or(TokenError::Malformed)?;
        Ok(Self { algorithm: Algorithm::parse(algorithm).ok_or(TokenError::Algorithm)?, id })
    }
}

#[cfg(test)]
mod tests {
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
        let zeros = URL_SAFE_NO_PAD.encode([0; COORDINATE_BYTES]);
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
        for (bits, expected) in [(1024, false), (2047, false), (2048, true), (4096, true), (4097, false), (8192, false)]
        {
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
}
