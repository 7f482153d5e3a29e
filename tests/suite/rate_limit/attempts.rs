//! Each address has a budget of failed attempts to authenticate.

use black_box::{Answer, Client, Issuer, Options, RedisServer, Server, StateDir};

use super::{THREE, state};
use crate::tokens;

/// Uses up the three attempts of an address.
async fn use_up(server: &Server) {
    for key in ["wrong-key-of-somebody-1", "wrong-key-of-somebody-2", "wrong-key-of-somebody-3"] {
        get(&server.with_key(key)).await.assert_problem(401, "unauthorized", key);
    }
}

async fn get(client: &Client) -> Answer {
    client.get("/hello_world").send().await
}

#[tokio::test]
async fn after_failed_attempts_an_address_is_refused_whatever_it_sends() {
    let server = Server::start(Options::api().variable("rate_limit", THREE)).await;
    get(&server.client()).await.assert_status(200, "the right key, before");
    use_up(&server).await;
    for client in [server.with_key("wrong-key-of-somebody-4"), server.client(), server.anonymous()] {
        let answer = get(&client).await;
        answer.assert_problem(429, "rate-limited", "a correct guess must look like a wrong one");
        assert_eq!((state(&answer).0, answer.header("RateLimit-Policy")), (0, Some(r#""default";q=3;w=86400"#)));
        let retry_after: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!((28_700..=28_800).contains(&retry_after), "{retry_after}");
    }
    server.anonymous().get("/health").send().await.assert_status(200, "an open route");
    tokio::time::sleep(crate::metrics::QUIET).await;
    let told = crate::metrics::scrape(&server).await;
    assert_eq!(told.sum("rate_limited_total", ("by", "address")), 3.0);
}

#[tokio::test]
async fn requests_that_succeed_are_no_attempts() {
    let server = Server::start(Options::api().variable("rate_limit", "3/24h")).await;
    for _ in 0..3 {
        get(&server.client()).await.assert_status(200, "the right key");
    }
    get(&server.client()).await.assert_problem(429, "rate-limited", "its own quota");
    use_up(&server).await;
}

#[tokio::test]
async fn every_instance_and_replica_knows_an_address_without_attempts() {
    let one_request = |options: Options| {
        options
            .flag("--max-instance-reuse-count", "1")
            .variable("max_instance_reuse_count", "1")
            .variable("rate_limit", THREE)
    };
    let alone = Server::start(one_request(Options::api())).await;
    let options = one_request(Options::api().redis(&RedisServer::shared()));
    let replica = Server::start(options.clone().state(&StateDir::new())).await;
    let first = Server::start(options).await;
    for (attacked, asked) in [(&alone, &alone), (&first, &replica)] {
        get(&asked.client()).await.assert_status(200, "before");
        use_up(attacked).await;
        get(&asked.client()).await.assert_problem(429, "rate-limited", "after");
    }
}

#[tokio::test]
async fn a_token_from_an_address_without_attempts_is_not_looked_at() {
    let key = black_box::SigningKey::eddsa("e");
    let issuer = Issuer::start(&[&key]).await;
    let server = Server::start(tokens::options(&issuer).variable("rate_limit", THREE)).await;
    use_up(&server).await;
    for token in [key.token(&tokens::claims()), "a.b.c".to_owned()] {
        tokens::ask(&server, &token).await.assert_problem(429, "rate-limited", &token);
    }
    assert_eq!(issuer.requests(), 0, "the API did not fetch the issuer's keys");
}

#[tokio::test]
async fn bad_tokens_use_up_attempts_and_an_issuer_that_is_down_does_not() {
    let key = black_box::SigningKey::eddsa("e");
    let issuer = Issuer::start(&[&key]).await;
    let options = tokens::options(&issuer).variable("rate_limit", THREE);
    let server = Server::start(options.clone()).await;
    for token in ["a.b.c", "a", ".."] {
        tokens::ask(&server, token).await.assert_problem(401, "invalid-token", token);
    }
    tokens::ask(&server, &key.token(&tokens::claims())).await.assert_problem(429, "rate-limited", "a good one");

    let nowhere = "http://127.0.0.1:9";
    let options = options.variable("jwt_jwks_origin", nowhere).variable("jwt_jwks_url", &format!("{nowhere}/jwks"));
    let server = Server::start(options.state(&StateDir::new())).await;
    for _ in 0..3 {
        let answer = tokens::ask(&server, &key.token(&tokens::claims())).await;
        answer.assert_problem(503, "token-keys-unavailable", "the API cannot check it");
    }
    get(&server.client()).await.assert_status(200, "the right key from the same address");
}
