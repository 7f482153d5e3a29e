//! Keys of callers that a token names, keys after a crash, and keys in logs.

use std::time::Duration;

use black_box::{Issuer, Options, PostgresServer, Server, SigningKey};
use serde_json::json;

use super::post;
use crate::tokens::{claims_with, options};
use crate::transfers::transfer;

#[tokio::test]
async fn idempotency_keys_of_two_subjects_never_meet() {
    let key = SigningKey::eddsa("e");
    let issuer = Issuer::start(&[&key]).await;
    let server = Server::start(options(&issuer)).await;
    let transfer = |subject: &str| {
        let token = key.token(&claims_with("sub", json!(subject)));
        let request = server.anonymous().post("/transfers", json!({"from": "Sam", "to": "John", "amount": 1}));
        request.header("Authorization", &format!("Bearer {token}")).header("Idempotency-Key", "k")
    };
    let first = transfer("sam").send().await.assert_json(201, "the first");
    assert_eq!(transfer("sam").send().await.assert_json(201, "again, by another token"), first);
    assert_ne!(transfer("cem").send().await.assert_json(201, "another subject"), first);
}

#[tokio::test]
async fn an_outcome_outlives_a_crash_of_the_database() {
    let postgres = PostgresServer::start_own();
    let server = Server::start(Options::on_server(&postgres)).await;
    let client = server.client();
    let first = post(&client, "k", transfer("Sam", "John", 1)).send().await.assert_json(201, "the first");
    postgres.crash();
    postgres.start();
    server.wait_for("/readiness", 200, Duration::from_secs(5)).await;
    let mut again = post(&client, "k", transfer("Sam", "John", 1)).send().await;
    if again.status == 503 {
        // The instance has used a connection from before the crash.
        again = post(&client, "k", transfer("Sam", "John", 1)).send().await;
    }
    assert_eq!(again.assert_json(201, "an acknowledged transfer is kept"), first);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
}

#[tokio::test]
async fn no_secret_of_a_transfer_is_told() {
    let server = Server::start(Options::api().variable("log_level", "debug")).await;
    let client = server.client();
    let body = json!({"from": "Sam", "to": "Cem", "amount": 1, "note": "PLANTED"});
    for key in ["PLANTED", "PLANTED PLANTED", ""] {
        client.post("/transfers", body.clone()).header("Idempotency-Key", key).send().await;
    }
    client.get("/transfers?user=PLANTED!").send().await.assert_status(422, "no name of a user");
    server.options().database().execute("ALTER TABLE transfers RENAME TO away").await.unwrap();
    client.get("/transfers?user=PLANTED").send().await.assert_status(500, "the database fails");
    client.post("/transfers", body).header("Idempotency-Key", "PLANTED").send().await;
    client.get("/").header("X-Request-Id", "the-last").send().await;
    server.logs().wait_for("the last line", |line| line.contains("the-last")).await;
    assert!(!server.logs().text().contains("PLANTED"), "{}", server.logs().text());
    let metrics = server.anonymous().get("/metrics").send().await;
    assert!(!metrics.text().contains("PLANTED"), "{}", metrics.text());
}
