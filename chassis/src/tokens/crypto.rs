//! The signature algorithms that the API accepts, and the public keys that check them.

use p256::ecdsa::signature::Verifier;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest, Sha256};

/// Length of an RSA modulus, in bits (RFC 7518 section 3.3). Each doubling costs four times as much.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// Minimum RSA exponent: an odd number above 2^16 (FIPS 186-5 section A.1.1).
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
    /// Takes big-endian bytes. Returns `None` if either number is out of bounds.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let [modulus, exponent] = [modulus, exponent].map(BigUint::from_bytes_be);
        let key = RsaPublicKey::new_with_max_size(modulus, exponent, *RSA_BITS.end()).ok()?;
        let exponents = BigUint::from(MIN_RSA_EXPONENT)..=BigUint::from(MAX_RSA_EXPONENT);
        (key.n().bits() >= *RSA_BITS.start() && exponents.contains(key.e())).then_some(Self::Rsa(key))
    }

    /// Takes an uncompressed point (SEC 1). Returns `None` if it is not on the curve.
    pub(super) fn p256(point: &[u8]) -> Option<Self> {
        p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok().map(Self::P256)
    }

    /// Returns `None` for a point that is not on the curve, or has a known signature for every message.
    pub(super) fn ed25519(bytes: &[u8]) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::try_from(bytes).ok()?;
        (!key.is_weak()).then_some(Self::Ed25519(key))
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
