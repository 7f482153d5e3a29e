//! Keys of a token issuer.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer;
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Length of RSA keys, in bits.
const RSA_BITS: usize = 2048;

/// A private key for one algorithm, with its `kid`.
#[derive(Clone, Debug)]
pub struct SigningKey {
    id: String,
    key: Key,
}

#[derive(Clone, Debug)]
enum Key {
    Rsa(RsaPrivateKey),
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl SigningKey {
    /// Always returns the same RSA key, because generating one is slow.
    pub fn rs256(id: &str) -> Self {
        static KEY: LazyLock<RsaPrivateKey> =
            LazyLock::new(|| RsaPrivateKey::new(&mut OsRng, RSA_BITS).expect("a key of RSA"));
        Self { id: id.to_owned(), key: Key::Rsa(KEY.clone()) }
    }

    pub fn es256(id: &str) -> Self {
        Self { id: id.to_owned(), key: Key::P256(p256::ecdsa::SigningKey::random(&mut OsRng)) }
    }

    pub fn eddsa(id: &str) -> Self {
        Self { id: id.to_owned(), key: Key::Ed25519(ed25519_dalek::SigningKey::generate(&mut OsRng)) }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the `alg` of a token.
    pub fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Rsa(_) => "RS256",
            Key::P256(_) => "ES256",
            Key::Ed25519(_) => "EdDSA",
        }
    }

    /// Returns the public key as a JWK.
    pub fn jwk(&self) -> Value {
        let mut jwk = match &self.key {
            Key::Rsa(key) => {
                let [n, e] = [key.n(), key.e()].map(|number| base64url(number.to_bytes_be()));
                json!({ "kty": "RSA", "n": n, "e": e })
            }
            Key::P256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                let [x, y] = [point.x(), point.y()].map(|number| base64url(number.expect("a coordinate")));
                json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
            }
            Key::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(key.verifying_key()) })
            }
        };
        jwk["kid"] = self.id.as_str().into();
        jwk["use"] = "sig".into();
        jwk["alg"] = self.algorithm().into();
        jwk
    }

    /// Signs a token with a valid header.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({ "typ": "at+jwt", "alg": self.algorithm(), "kid": self.id }), claims)
    }

    /// Signs a token with any header.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let signature = match &self.key {
            Key::Rsa(key) => key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(&message)).expect("a signature"),
            Key::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message.as_bytes());
                signature.to_bytes().to_vec()
            }
            Key::Ed25519(key) => key.sign(message.as_bytes()).to_bytes().to_vec(),
        };
        format!("{message}.{}", base64url(signature))
    }
}

/// Encodes without padding, as in tokens and keys.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
