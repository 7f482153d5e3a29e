//! Tokens that the API rejects. Each has one fault.

use black_box::{Issuer, Server, SigningKey, base64url, example};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;

async fn start() -> (Issuer, Server, [SigningKey; 3]) {
    let keys = [SigningKey::rs256("r"), SigningKey::es256("p"), SigningKey::eddsa("e")];
    let issuer = Issuer::start(&keys.each_ref()).await;
    let server = Server::start(options(&issuer)).await;
    (issuer, server, keys)
}

#[tokio::test]
async fn claims_that_do_not_fit() {
    let (_issuer, server, keys) = start().await;
    for key in &keys {
        for (member, value, reason) in [
            ("exp", json!(seconds_from_now(-61)), "has expired"),
            ("exp", json!(0), "has expired"),
            ("nbf", json!(seconds_from_now(90)), "is not valid yet"),
            ("iss", json!("https://issuer.example"), "is from another issuer"),
            ("iss", json!([ISSUER]), "is from another issuer"),
            ("aud", json!("https://other.example"), "is for another audience"),
            ("aud", json!(["a", "b"]), "is for another audience"),
            ("exp", json!("tomorrow"), "is malformed"),
            ("sub", json!(""), "is malformed"),
            ("sub", json!("sam\nlevel=error"), "is malformed"),
        ] {
            assert_refused(&server, &key.token(&claims_with(member, value)), reason).await;
        }
        for member in ["iss", "aud", "exp", "sub"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(member);
            assert_refused(&server, &key.token(&claims), "is malformed").await;
        }
        for claims in [
            claims_with("exp", json!(seconds_from_now(-50))),
            claims_with("nbf", json!(seconds_from_now(50))),
            claims_with("aud", json!(["other", AUDIENCE])),
        ] {
            ask(&server, &key.token(&claims)).await.assert_status(200, &claims.to_string());
        }
    }
}

#[tokio::test]
async fn algorithms_that_are_confused() {
    let (_issuer, server, [rsa, p256, ed25519]) = start().await;
    let reason = "has an algorithm that is not accepted";
    let unsigned = |header: Value| format!("{}.{}.", base64url(header.to_string()), base64url(claims().to_string()));
    for algorithm in ["none", "None", "nOnE"] {
        assert_refused(&server, &unsigned(json!({ "alg": algorithm })), reason).await;
        assert_refused(&server, &rsa.sign(&json!({ "alg": algorithm, "kid": "r" }), &claims()), reason).await;
    }
    // Uses the public key as the secret of a symmetric algorithm.
    let jwk = rsa.jwk();
    for secret in [jwk.to_string(), jwk["n"].as_str().unwrap().to_owned()] {
        let message = unsigned(json!({ "alg": "HS256", "kid": "r" }));
        let message = message.trim_end_matches('.');
        let signature = base64url(hmac_sha256(secret.as_bytes(), message.as_bytes()));
        assert_refused(&server, &format!("{message}.{signature}"), reason).await;
    }
    for (key, kid, algorithm) in [
        (&p256, "p", "RS256"),
        (&rsa, "p", "RS256"),
        (&rsa, "r", "ES256"),
        (&ed25519, "e", "ES256"),
        (&p256, "e", "ES256"),
        (&rsa, "r", "PS256"),
        (&rsa, "r", "RS512"),
        (&p256, "p", "ES384"),
    ] {
        assert_refused(&server, &key.sign(&json!({ "alg": algorithm, "kid": kid }), &claims()), reason).await;
    }
}

#[tokio::test]
async fn signatures_that_are_gone_or_of_somebody_else() {
    let (issuer, server, keys) = start().await;
    for key in &keys {
        let token = key.token(&claims());
        let [header, payload, signature] = *token.split('.').collect::<Vec<_>>() else { panic!("no token") };
        let grander = base64url(claims_with("sub", json!("root")).to_string());
        let reason = "has a wrong signature";
        assert_refused(&server, &format!("{header}.{grander}.{signature}"), reason).await;
        assert_refused(&server, &format!("{header}.{payload}."), reason).await;
        assert_refused(&server, &format!("{header}.{payload}.AAAA"), reason).await;
        assert_refused(&server, &format!("{header}.{payload}"), "is malformed").await;
    }
    for stranger in [SigningKey::es256("p"), SigningKey::eddsa("e")] {
        // The header contains the stranger's key, which the API must not use.
        let header = json!({ "alg": stranger.algorithm(), "kid": stranger.id(), "jwk": stranger.jwk() });
        assert_refused(&server, &stranger.sign(&header, &claims()), "has a wrong signature").await;
    }
    assert_eq!(issuer.requests(), 1, "no such token causes a fetch");
}

#[tokio::test]
async fn the_signature_is_checked_last() {
    let (issuer, server, [_, key, _]) = start().await;
    // Signed by a stranger, but rejected for a fault that is cheaper to find.
    let stranger = SigningKey::es256(key.id());
    for (member, value, reason) in [
        ("exp", json!(0), "has expired"),
        ("nbf", json!(seconds_from_now(90)), "is not valid yet"),
        ("iss", json!("https://issuer.example"), "is from another issuer"),
        ("aud", json!("https://other.example"), "is for another audience"),
        ("sub", json!(""), "is malformed"),
    ] {
        assert_refused(&server, &stranger.token(&claims_with(member, value)), reason).await;
    }
    assert_eq!(issuer.requests(), 0, "these faults need no key");
    assert_refused(&server, &SigningKey::es256("other").token(&claims()), "is signed by an unknown key").await;
    assert_refused(&server, &stranger.token(&claims()), "has a wrong signature").await;
}

#[tokio::test]
async fn what_is_no_token() {
    let (issuer, server, [_, _, key]) = start().await;
    let whole = key.token(&claims());
    let encrypted = format!("{}.a.b.c.d", base64url(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#));
    for token in ["a", "a.b.c", "..", &encrypted, &format!("{whole}."), &format!("{whole} {whole}")] {
        assert_refused(&server, token, "is malformed").await;
    }
    for header in [
        json!({ "alg": "EdDSA", "kid": "e", "crit": ["exp"] }),
        json!({ "alg": "EdDSA", "kid": ["e"] }),
        json!({ "kid": "e" }),
        json!([]),
    ] {
        assert_refused(&server, &key.sign(&header, &claims()), "is malformed").await;
    }
    let long = key.token(&claims_with("filler", json!("f".repeat(6 * 1024))));
    assert!(long.len() > 8 * 1024);
    assert_refused(&server, &long, "is malformed").await;
    let request = server.anonymous().get(example::LIST).header_bytes("Authorization", "Bearer ü.ü.ü".as_bytes());
    request.send().await.assert_problem(401, "invalid-token", "no ASCII");
    assert_eq!(issuer.requests(), 0, "no such token causes a fetch");
    assert_refused(&server, &format!("{whole}="), "is malformed").await;
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    let digest = Sha256::digest(secret);
    let secret = if secret.len() > block.len() { digest.as_slice() } else { secret };
    block[..secret.len()].copy_from_slice(secret);
    let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36)[..], message].concat());
    Sha256::digest([&block.map(|byte| byte ^ 0x5c)[..], &inner].concat()).to_vec()
}
