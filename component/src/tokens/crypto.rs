//! The signatures that are accepted, for `jsonwebtoken`: its own set of them has more, and is larger.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest, Sha256};
use signature::Verifier;

/// Shortest modulus of RSA, in bits (RFC 7518 section 3.3). The longest is 4096, which `rsa` checks.
const MIN_RSA_BITS: usize = 2048;

/// Smallest exponent of RSA (RFC 8017 section 3.1); `rsa` refuses even ones, and those of more than 33 bits.
const MIN_RSA_EXPONENT: u8 = 3;

/// A public key, and with it the one algorithm that it is for.
pub(super) enum PublicKey {
    /// RS256.
    Rsa(RsaPublicKey),
    /// ES256.
    P256(p256::ecdsa::VerifyingKey),
    /// EdDSA, with Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// What `jsonwebtoken` can't sign, and checks by these keys alone.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(Error::from(ErrorKind::UnsupportedAlgorithm)),
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `jsonwebtoken` use [`PublicKey`]. A second call changes nothing.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

impl PublicKey {
    /// A key of RSA by its modulus and exponent, as big-endian bytes; none if it is weak.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let key = RsaPublicKey::new(BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent)).ok()?;
        let is_strong = key.n().bits() >= MIN_RSA_BITS && *key.e() >= BigUint::from(MIN_RSA_EXPONENT);
        is_strong.then_some(Self::Rsa(key))
    }

    /// A point of P-256, as SEC 1 writes it uncompressed; none if it is not on the curve.
    pub(super) fn p256(point: &[u8]) -> Option<Self> {
        p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok().map(Self::P256)
    }

    /// A key of Ed25519; none if it is no point of the curve, or one for which anybody can sign.
    pub(super) fn ed25519(bytes: &[u8]) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::try_from(bytes).ok()?;
        (!key.is_weak()).then_some(Self::Ed25519(key))
    }
}

impl Verifier<Vec<u8>> for PublicKey {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        match self {
            Self::Rsa(key) => key
                .verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature)
                .map_err(|_| signature::Error::new()),
            Self::P256(key) => key.verify(message, &p256::ecdsa::Signature::from_slice(signature)?),
            Self::Ed25519(key) => key.verify_strict(message, &ed25519_dalek::Signature::from_slice(signature)?),
        }
    }
}

impl JwtVerifier for PublicKey {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::RS256,
            Self::P256(_) => Algorithm::ES256,
            Self::Ed25519(_) => Algorithm::EdDSA,
        }
    }
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let key = match (algorithm, key.kind()) {
        (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => PublicKey::rsa(n, e),
        (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => PublicKey::p256(point),
        (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(bytes)) => PublicKey::ed25519(bytes),
        _ => None,
    };
    Ok(Box::new(key.ok_or_else(|| Error::from(ErrorKind::InvalidKeyFormat))?))
}
