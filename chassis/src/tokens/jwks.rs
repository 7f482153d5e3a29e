//! A set of an issuer's public keys (RFC 7517 section 5), and the signature algorithms that the API accepts.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier;
use p256::{EncodedPoint, FieldBytes};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::ports::TokenError;
use crate::types::InvalidValue;

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

    /// Returns the key for a token. A token without `kid` is accepted only if one key alone has its algorithm.
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
        let public = PublicKey::read(key)?;
        let is_for = |name: &Value| name.as_str().and_then(Algorithm::parse) == Some(public.algorithm());
        let has_verify = |list: &Value| list.as_array().is_some_and(|list| list.contains(&"verify".into()));
        let may_verify = key.get("use").is_none_or(|found| found == "sig")
            && key.get("alg").is_none_or(is_for)
            && key.get("key_ops").is_none_or(has_verify);
        may_verify.then_some(Self { id: kid(key).ok()?, public })
    }
}

fn kid(object: &Value) -> Result<Option<String>, TokenError> {
    object.get("kid").map(|id| id.as_str().map(str::to_owned).ok_or(TokenError::Malformed)).transpose()
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

/// Length of an RSA modulus, in bits (RFC 7518 section 3.3). Each doubling costs four times as much.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;

/// The smallest odd number above 2^16 (FIPS 186-5 section A.1.1).
const MIN_RSA_EXPONENT: u64 = (1 << 16) + 1;

/// Each bit costs a squaring: with the standard's bound of 2^256 a check could take fifteen times as long as usual.
const MAX_RSA_EXPONENT: u64 = (1 << 33) - 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
    /// EdDSA with the curve Ed25519.
    Ed25519,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl Algorithm {
    /// Reads `alg` of a token or a JWK. Ed25519 has two names (RFC 8037 and RFC 9864).
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::Ed25519),
            _ => None,
        }
    }
}

impl PublicKey {
    /// Returns `None` for a key that is broken or weak.
    fn read(key: &Value) -> Option<Self> {
        let bytes = |member: &str| URL_SAFE_NO_PAD.decode(key[member].as_str()?).ok();
        match (key["kty"].as_str()?, key["crv"].as_str()) {
            ("RSA", None) => {
                let [modulus, exponent] = [bytes("n")?, bytes("e")?].map(|bytes| BigUint::from_bytes_be(&bytes));
                let key = RsaPublicKey::new_with_max_size(modulus, exponent, *RSA_BITS.end()).ok()?;
                let exponents = BigUint::from(MIN_RSA_EXPONENT)..=BigUint::from(MAX_RSA_EXPONENT);
                (key.n().bits() >= *RSA_BITS.start() && exponents.contains(key.e())).then_some(Self::Rsa(key))
            }
            ("EC", Some("P-256")) => {
                let [x, y] = [bytes("x")?, bytes("y")?].map(FieldBytes::from_exact_iter);
                let point = EncodedPoint::from_affine_coordinates(&x?, &y?, false);
                p256::ecdsa::VerifyingKey::from_encoded_point(&point).ok().map(Self::P256)
            }
            ("OKP", Some("Ed25519")) => {
                let key = ed25519_dalek::VerifyingKey::try_from(bytes("x")?.as_slice()).ok()?;
                // A weak key has a known signature for every message.
                (!key.is_weak()).then_some(Self::Ed25519(key))
            }
            _ => None,
        }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(key) => key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature).is_ok(),
            Self::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

#[cfg(test)]
mod tests;
