//! Tokens that the API accepts, and their scopes.

use std::time::{Duration, Instant};

use black_box::{API_KEY, Issuer, Options, Reply, Server, SigningKey, example, record};
use serde_json::json;

use super::*;

#[tokio::test]
async fn tokens_of_every_algorithm_open() {
    let keys = [SigningKey::rs256("r"), SigningKey::es256("p"), SigningKey::eddsa("e")];
    let issuer = Issuer::start(&keys.each_ref()).await;
    let server = Server::start(options(&issuer)).await;
    for key in &keys {
        assert_open(&server, key).await;
        let token = key.token(&claims_with("sub", json!(key.id())));
        let answer = ask(&server, &token).await;
        answer.assert_status(200, key.algorithm());
        let is_subject = |line: &str| record(line).is_some_and(|record| record["subject"] == key.id());
        server.logs().wait_for("the subject", is_subject).await;
    }
    assert_eq!(issuer.requests(), 1);
    // Another instance may flush its counts a moment later.
    let counted = r#"authenticated_requests_total{credential="jwt",key=""} 6"#;
    let deadline = Instant::now() + Duration::from_secs(5);
    while !server.anonymous().get("/metrics").send().await.text().contains(counted) {
        assert!(Instant::now() < deadline, "six were counted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn ed25519_has_two_names() {
    let key = SigningKey::eddsa("e");
    let issuer = Issuer::start(&[&key]).await;
    let mut jwk = key.jwk();
    jwk["alg"] = json!("Ed25519");
    issuer.answer(Some(Reply::Body(json!({ "keys": [jwk] }).to_string())));
    let server = Server::start(options(&issuer)).await;
    for name in ["Ed25519", "EdDSA"] {
        let token = key.sign(&json!({ "alg": name, "kid": key.id() }), &claims());
        ask(&server, &token).await.assert_status(200, name);
    }
}

#[tokio::test]
async fn keys_may_be_in_the_setting_itself() {
    let key = SigningKey::es256("p");
    let options = Options::api()
        .variable("auth", "jwt")
        .variable("jwt_issuer", ISSUER)
        .variable("jwt_audience", AUDIENCE)
        .variable("jwt_jwks", &json!({ "keys": [key.jwk()] }).to_string());
    let server = Server::start(options).await;
    assert_open(&server, &key).await;
    assert_refused(&server, &SigningKey::es256("other").token(&claims()), "is signed by an unknown key").await;
    // With `auth = jwt`, an API key is not a credential.
    let answer = server.client().get(example::LIST).send().await;
    answer.assert_problem(401, "unauthorized", "a key");
    assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="mini-api""#));
    let authorization = format!("Bearer {}", key.token(&claims()));
    let request = server.anonymous().get(example::LIST).header("Authorization", &authorization);
    let answer = request.header("Authorization", &authorization).send().await;
    answer.assert_problem(400, "many-credentials", "two tokens");
    let challenge = r#"Bearer realm="mini-api", error="invalid_request", error_description="More than one credential""#;
    assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
    assert!(!server.logs().records().iter().any(|record| record["level"] == "warn"));
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_a_problem_of_the_setting() {
    let options = Options::api().variable("auth", "jwt").variable("jwt_issuer", ISSUER);
    let server = Server::start(options.variable("jwt_audience", AUDIENCE).variable("jwt_jwks", "PLANTED")).await;
    let answer = server.anonymous().get(example::LIST).send().await;
    let problem = answer.assert_problem(503, "misconfigured", "no set of keys");
    assert_eq!(problem.fields, ["jwt_jwks".to_owned()].into());
    assert!(!answer.text().contains("PLANTED"), "{}", answer.text());
}

#[tokio::test]
async fn one_credential_is_taken_in_one_place() {
    let key = SigningKey::eddsa("e");
    let issuer = Issuer::start(&[&key]).await;
    let server = Server::start(options(&issuer)).await;
    let token = key.token(&claims());
    let get = |values: &[String]| {
        let request = server.anonymous().get(example::LIST);
        values.iter().fold(request, |request, value| request.header("Authorization", value))
    };
    for scheme in ["Bearer", "bearer", "BEARER"] {
        get(&[format!("{scheme} {token}")]).send().await.assert_status(200, scheme);
    }
    let request = server.anonymous().get(example::LIST).header("authorization", &format!("Bearer {token}"));
    request.send().await.assert_status(200, "a lower-case header");
    for values in [vec![token.clone()], vec![format!("Basic {token}")], vec![format!("Bearer{token}")]] {
        get(&values).send().await.assert_problem(401, "unauthorized", &format!("{:.7}", values[0]));
    }
    for second in [&format!("Bearer {token}"), "Basic c2FtOg=="] {
        let request = get(&[format!("Bearer {token}"), second.to_owned()]);
        request.send().await.assert_problem(400, "many-credentials", "two headers");
    }
    for key in [API_KEY, "wrong-key-of-some-length"] {
        let request = get(&[format!("Bearer {token}")]).header("X-API-KEY", key);
        request.send().await.assert_problem(400, "many-credentials", "a key and a token");
    }
    server.client().get(example::LIST).send().await.assert_status(200, "the key alone");
    let path = format!("{}?access_token={token}", example::LIST);
    server.anonymous().get(&path).send().await.assert_problem(401, "unauthorized", "in the query");
}

#[tokio::test]
async fn a_scope_is_needed_for_what_it_is_for() {
    let key = SigningKey::eddsa("e");
    let issuer = Issuer::start(&[&key]).await;
    let server = Server::start(options(&issuer)).await;
    let (read, write) = (example::READ, example::WRITE);
    for (member, value, may_read, may_write) in [
        ("scope", json!(read), true, false),
        ("scope", json!(write), false, true),
        ("scope", json!(format!("{write} {read}")), true, true),
        ("scope", json!(format!("{} {}ers openid", read.to_uppercase(), read)), false, false),
        ("scope", json!(""), false, false),
        ("scp", json!(read), true, false),
        ("scp", json!([write, read]), true, true),
    ] {
        let case = format!("{member} {value}");
        let mut claims = claims_with("scope", json!(""));
        claims[member] = value;
        let authorization = format!("Bearer {}", key.token(&claims));
        let client = server.anonymous();
        let greeting = client.get("/hello_world").header("Authorization", &authorization);
        greeting.send().await.assert_status(200, "no scope is needed");
        let reading = client.get(example::LIST).header("Authorization", &authorization);
        let writing = client.post(example::LIST, example::new()).header("Authorization", &authorization);
        for (request, is_allowed, scope, status) in [(reading, may_read, read, 200), (writing, may_write, write, 201)] {
            let answer = request.send().await;
            if is_allowed {
                answer.assert_status(status, &case);
                continue;
            }
            let problem = answer.assert_problem(403, "insufficient-scope", &case);
            assert!(problem.detail.contains(scope), "{case}: {}", problem.detail);
            let challenge = format!(r#"Bearer realm="mini-api", error="insufficient_scope", scope="{scope}""#);
            assert_eq!(answer.header("WWW-Authenticate"), Some(challenge.as_str()), "{case}");
        }
    }
}

#[tokio::test]
async fn beside_tokens_the_list_of_keys_may_be_empty() {
    let key = SigningKey::eddsa("e");
    let issuer = Issuer::start(&[&key]).await;
    for keys in ["", " , "] {
        let server = Server::start(options(&issuer).variable("api_key", keys)).await;
        server.wait_for("/readiness", 200, Duration::from_secs(15)).await;
        for sent in ["", "any-key-that-is-long-enough"] {
            let answer = server.with_key(sent).get(example::LIST).send().await;
            answer.assert_problem(401, "unauthorized", sent);
            assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="mini-api""#), "{sent}");
        }
        assert_open(&server, &key).await;
    }
}
