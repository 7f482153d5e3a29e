//! The issuer's keys: when the API fetches them, and how it works while it can't.

use std::time::{Duration, Instant};

use black_box::{Issuer, Reply, Server, SigningKey, base64url, example, record};

use super::*;

/// Maximum time of a request that waits for a silent issuer. The API gives up after 5 s.
const GIVES_UP: Duration = Duration::from_secs(8);
/// Maximum time from the issuer's return to the first accepted token. The API retries after 5 s.
const RECOVERY: Duration = Duration::from_secs(9);

/// Number of concurrent requests: several times the number of instances, which depends on the machine.
const MANY: usize = 64;

const UNKNOWN: &str = "is signed by an unknown key";

#[tokio::test]
async fn a_new_key_is_fetched_once_and_strangers_cause_no_more() {
    let (old, new) = (SigningKey::rs256("old"), SigningKey::es256("new"));
    let issuer = Issuer::start(&[&old]).await;
    let server = Server::start(options(&issuer)).await;
    assert_eq!(issuer.requests(), 0, "no fetch without a token");
    let old_token = old.token(&claims());
    let requests = (0..MANY).map(|_| ask(&server, &old_token));
    for answer in futures_util::future::join_all(requests).await {
        answer.assert_status(200, "one of many");
    }
    let first = issuer.requests();
    assert!((1..MANY).contains(&first), "{first} fetches, one for each new instance");

    issuer.publish(&[&old, &new]);
    assert_open(&server, &new).await;
    assert_eq!(issuer.requests(), first + 1);
    assert_open(&server, &old).await;
    for id in ["stranger", "", "new ", "../new"] {
        assert_refused(&server, &SigningKey::eddsa(id).token(&claims()), UNKNOWN).await;
    }
    assert_eq!(issuer.requests(), first + 1, "at most once a minute");
}

#[tokio::test]
async fn an_issuer_that_is_away_does_not_lock_out_known_keys() {
    let key = SigningKey::eddsa("known");
    let mut issuer = Issuer::start(&[&key]).await;
    let server = Server::start(options(&issuer)).await;
    assert_open(&server, &key).await;
    issuer.stop().await;
    assert_open(&server, &key).await;
    // Another process, whose instances read the keys from the key-value store.
    let server = server.kill_and_restart().await;
    assert_open(&server, &key).await;
    let stranger = SigningKey::eddsa("unknown").token(&claims());
    assert_refused(&server, &stranger, UNKNOWN).await;
    assert_open(&server, &key).await;
    server.logs().wait_for("a warning", |line| line.contains("keys of tokens can't be fetched")).await;

    issuer.answer(Some(Reply::Silence));
    issuer.restart().await;
    let server = server.kill_and_restart().await;
    assert_open(&server, &key).await;
    assert_eq!(issuer.requests(), 1);
}

#[tokio::test]
async fn without_any_key_tokens_wait_for_the_issuer_and_keys_do_not() {
    let key = SigningKey::eddsa("e");
    let mut issuer = Issuer::start(&[&key]).await;
    issuer.stop().await;
    let server = Server::start(options(&issuer)).await;
    assert_unavailable(&server, &key).await;
    server.client().get(example::LIST).send().await.assert_status(200, "an API key");
    server.anonymous().get("/readiness").send().await.assert_status(200, "ready for keys");
    // The API still reports faults that need no key.
    assert_refused(&server, "a.b.c", "is malformed").await;
    server.logs().wait_for("the cause", |line| line.contains("keys of tokens")).await;
    issuer.restart().await;
    assert_recovers(&server, &key).await;
    assert_eq!(issuer.requests(), 1);
}

#[tokio::test]
async fn an_answer_that_is_no_good_is_no_answer() {
    let key = SigningKey::eddsa("e");
    for reply in [
        Reply::Status(500),
        Reply::Status(302),
        Reply::Status(203),
        Reply::Body(String::new()),
        Reply::Body("<html>".to_owned()),
        Reply::Body(r#"{"keys":[]}"#.to_owned()),
        Reply::Body(format!(r#"{{"keys":[{}],"filler":"{}"}}"#, key.jwk(), "f".repeat(64 * 1024))),
    ] {
        let issuer = Issuer::start(&[&key]).await;
        issuer.answer(Some(reply.clone()));
        let server = Server::start(options(&issuer)).await;
        assert_unavailable(&server, &key).await;
        assert_eq!(issuer.requests(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_says_nothing_is_given_up() {
    let key = SigningKey::eddsa("e");
    for reply in [Reply::Silence, Reply::Half] {
        let issuer = Issuer::start(&[&key]).await;
        issuer.answer(Some(reply.clone()));
        let server = Server::start(options(&issuer)).await;
        let began = Instant::now();
        let token = key.token(&claims());
        let requests = (0..MANY).map(|_| ask(&server, &token));
        for answer in futures_util::future::join_all(requests).await {
            answer.assert_problem(503, "token-keys-unavailable", "a silent issuer");
        }
        assert!(began.elapsed() < GIVES_UP, "{:?}", began.elapsed());
        let first = issuer.requests();
        assert!((1..MANY).contains(&first), "{first} fetches, one for each new instance");
        for answer in futures_util::future::join_all((0..MANY).map(|_| ask(&server, &token))).await {
            answer.assert_problem(503, "token-keys-unavailable", "the last fetch was a moment ago");
        }
        assert_eq!(issuer.requests(), first, "a pause follows");
        issuer.answer(None);
        assert_recovers(&server, &key).await;
    }
}

#[tokio::test]
async fn a_slow_issuer_delivers_for_later_requests() {
    let key = SigningKey::eddsa("e");
    let issuer = Issuer::start(&[&key]).await;
    issuer.answer(Some(Reply::Late(Duration::from_millis(2500))));
    let server = Server::start(options(&issuer).variable("request_timeout", "1s")).await;
    ask(&server, &key.token(&claims())).await.assert_problem(504, "timed-out", "before the issuer answers");
    assert_recovers(&server, &key).await;
    assert_eq!(issuer.requests(), 1, "no second fetch was needed");
}

#[tokio::test]
async fn keys_out_of_bounds_are_ignored() {
    let good = SigningKey::es256("good");
    let rsa = |bits: usize, exponent: &str| {
        let mut jwk = SigningKey::rs256("rsa").jwk();
        jwk["n"] = base64url(vec![0xff; bits / 8]).into();
        jwk["e"] = exponent.into();
        jwk
    };
    for (jwk, is_usable) in [
        (rsa(2048, "AQAB"), true),
        (rsa(4096, "AQAB"), true),
        (rsa(1024, "AQAB"), false),
        (rsa(8192, "AQAB"), false),
        (rsa(2048, "Aw"), false),
        (rsa(2048, "A_____8"), false),
    ] {
        let issuer = Issuer::start(&[]).await;
        issuer.answer(Some(Reply::Body(json!({ "keys": [jwk, good.jwk()] }).to_string())));
        let server = Server::start(options(&issuer)).await;
        let reason = if is_usable { "has a wrong signature" } else { UNKNOWN };
        assert_refused(&server, &SigningKey::rs256("rsa").token(&claims()), reason).await;
        assert_open(&server, &good).await;
        let unusable = usize::from(!is_usable);
        let is_told = |line: &str| record(line).is_some_and(|record| record["unusable"] == unusable);
        server.logs().wait_for("how many keys are unusable", is_told).await;

        let setting = json!({ "keys": [jwk] }).to_string();
        let options = options(&issuer).variable("jwt_jwks_url", "").variable("jwt_jwks", &setting);
        let answer = Server::start(options).await.client().get(example::LIST).send().await;
        answer.assert_status(if is_usable { 200 } else { 503 }, &setting);
    }
}

async fn assert_unavailable(server: &Server, key: &SigningKey) {
    let answer = ask(server, &key.token(&claims())).await;
    answer.assert_problem(503, "token-keys-unavailable", "no key");
    assert_eq!(answer.header("Retry-After"), Some("1"));
    assert_eq!(answer.header("WWW-Authenticate"), None);
}

async fn assert_recovers(server: &Server, key: &SigningKey) {
    let began = Instant::now();
    while ask(server, &key.token(&claims())).await.status != 200 {
        assert!(began.elapsed() < RECOVERY, "still no key");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
