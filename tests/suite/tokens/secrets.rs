//! No log, metric or response contains a part of a token or of the issuer's response.

use black_box::{Issuer, Reply, Server, SigningKey};
use serde_json::json;

use super::*;

/// A part of every secret below.
const PLANTED: &str = "PLANTED";

#[tokio::test]
async fn no_token_is_told() {
    let (key, stranger) = (SigningKey::eddsa("kid-PLANTED"), SigningKey::eddsa("stranger-PLANTED"));
    let mut issuer = Issuer::start(&[&key]).await;
    let server = Server::start(options(&issuer).variable("log_level", "debug")).await;
    let good = key.token(&claims_with("email", json!("sam@PLANTED.example")));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let tokens = [
        good.clone(),
        stranger.token(&claims()),
        key.token(&claims_with("iss", json!("issuer-PLANTED"))),
        key.token(&claims_with("aud", json!("audience-PLANTED"))),
        key.token(&claims_with("scope", json!("scope-PLANTED"))),
        key.token(&claims_with("exp", json!("PLANTED"))),
        key.sign(&json!({ "alg": "PLANTED" }), &claims()),
        format!("{head}.{PLANTED}"),
        format!("PLANTED.{signature}"),
        PLANTED.to_owned(),
    ];
    let mut answers = Vec::new();
    for token in &tokens {
        answers.push(ask(&server, token).await);
    }
    issuer.answer(Some(Reply::Body(PLANTED.to_owned())));
    issuer.stop().await;
    answers.push(ask(&server, &tokens[1]).await);
    answers.push(server.anonymous().get("/metrics").send().await);
    server.anonymous().get("/").header("X-Request-Id", "the-last").send().await;
    server.logs().wait_for("the last line", |line| line.contains("the-last")).await;
    let mut told = vec![server.logs().text()];
    told.extend(answers.iter().map(|answer| format!("{:?} {}", answer.headers, answer.text())));
    for text in told {
        assert!(!text.contains(PLANTED), "{text}");
        for part in tokens.iter().take(8).flat_map(|token| token.split('.')).filter(|part| part.len() > 20) {
            assert!(!text.contains(part), "{part} in {text}");
        }
    }
}
