//! Keys for the tests, and tokens that are signed by them.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A private key, for one algorithm.
#[derive(Clone)]
pub(crate) enum TestKey {
    Rsa(RsaPrivateKey),
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

static RSA: LazyLock<TestKey> = LazyLock::new(|| TestKey::Rsa(RsaPrivateKey::new(&mut OsRng, 2048).unwrap()));

/// Returns a key for RS256, always the same, because its generation takes long.
pub(crate) fn rsa() -> TestKey {
    RSA.clone()
}

/// A new key for ES256.
pub(crate) fn p256() -> TestKey {
    TestKey::P256(p256::ecdsa::SigningKey::random(&mut OsRng))
}

/// A new key for EdDSA.
pub(crate) fn ed25519() -> TestKey {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    TestKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
}

impl TestKey {
    /// The public key as a JWK.
    pub(crate) fn jwk(&self, id: &str) -> Value {
        match self {
            Self::Rsa(key) => {
                json!({ "kty": "RSA", "kid": id, "n": encode(key.n().to_bytes_be()), "e": encode(key.e().to_bytes_be()) })
            }
            Self::P256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": encode(point.x().unwrap()), "y": encode(point.y().unwrap()) })
            }
            Self::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": encode(key.verifying_key().as_bytes()) })
            }
        }
    }

    /// Returns the `alg` of its tokens.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    /// A token with this header and these claims.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = match self {
            Self::Rsa(key) => key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(&message)).unwrap(),
            Self::P256(key) => Signer::<p256::ecdsa::Signature>::sign(key, message.as_bytes()).to_bytes().to_vec(),
            Self::Ed25519(key) => key.sign(message.as_bytes()).to_bytes().to_vec(),
        };
        format!("{message}.{}", encode(signature))
    }

    /// A token with the usual header.
    pub(crate) fn token(&self, id: &str, claims: &Value) -> String {
        self.sign(&json!({ "typ": "JWT", "alg": self.algorithm(), "kid": id }), claims)
    }
}

/// Base64url without padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
