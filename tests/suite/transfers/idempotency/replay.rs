//! Replays of the first response.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{assert_replayed, post};
use crate::transfers::{MOST, balance, history, make, transfer};

#[rstest]
#[tokio::test]
async fn the_same_request_gets_the_same_answer(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let body = json!({"from": "Sam", "to": "John", "amount": 30, "note": "für \"lunch\""});
    let first = post(&client, "k", body.clone()).send().await;
    let made = first.assert_json(201, "the first");
    make(&client, "Sam", "John", 1).await;
    for _ in 0..3 {
        assert_replayed(&post(&client, "k", body.clone()).send().await, &first, "again");
    }
    assert_eq!(balance(&client, "Sam").await, 200 - 30 - 1);
    assert_eq!(history(&client).await.iter().filter(|transfer| **transfer == made).count(), 1);

    let other = post(&client, "K", body).send().await;
    assert_ne!(other.assert_json(201, "a key of another case")["id"], made["id"]);
    assert_eq!(other.header("Idempotent-Replayed"), None);
}

#[rstest]
#[tokio::test]
async fn it_may_be_spelled_otherwise(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let first = post(&client, "k", transfer("Sam", "John", 5)).send().await;
    first.assert_status(201, "the first");
    for body in
        [r#"{ "to": "John", "amount": 5, "from": "Sam" }"#, r#"{"from":"Sam","to":"\u004aohn","amount":5,"note":null}"#]
    {
        let request = client.request("POST", "/transfers").header("Idempotency-Key", "k");
        let again = request.body("application/json; charset=utf-8", body).send().await;
        assert_replayed(&again, &first, body);
    }
    assert_eq!(balance(&client, "Sam").await, 195);
}

#[rstest]
#[tokio::test]
async fn another_request_under_the_same_key_is_refused(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let body = transfer("Sam", "John", 5);
    let first = post(&client, "k", body.clone()).send().await;
    first.assert_status(201, "the first");
    for other in [
        transfer("Sam", "John", 6),
        transfer("Sam", "Cem", 5),
        transfer("Cem", "John", 5),
        transfer("John", "Sam", 5),
        json!({"from": "Sam", "to": "John", "amount": 5, "note": ""}),
    ] {
        let answer = post(&client, "k", other.clone()).send().await;
        answer.assert_problem(422, "idempotency-key-reused", &other.to_string());
        assert_eq!(answer.header("Idempotent-Replayed"), None);
    }
    assert_replayed(&post(&client, "k", body).send().await, &first, "the key keeps the first request");
    assert_eq!(history(&client).await.len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_refusal_is_remembered_though_the_reason_is_gone(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    client.put("/tocos/Max", json!({"tocos": MOST})).send().await.assert_status(201, "Max");
    let (unknown, short, full) = ((404, "user-not-found"), (409, "not-enough-tocos"), (409, "too-many-tocos"));
    let cases = [
        ("no-giver", transfer("Nina", "John", 1), unknown, "/tocos/Nina", 50_u64),
        ("no-receiver", transfer("Sam", "Nils", 1), unknown, "/tocos/Nils", 50),
        ("not-enough", transfer("Cem", "John", 301), short, "/tocos/Cem", 500),
        ("too-many", transfer("Sam", "Max", 1), full, "/tocos/Max", 5),
    ];
    for (key, body, (status, slug), cure, tocos) in cases {
        let first = post(&client, key, body.clone()).send().await;
        first.assert_problem(status, slug, key);
        client.put(cure, json!({"tocos": tocos})).send().await;
        assert_replayed(&post(&client, key, body.clone()).send().await, &first, key);
        assert!(history(&client).await.is_empty(), "{key}");
        post(&client, &format!("{key}-2"), body).send().await.assert_status(201, "a new key");
        reset(&server).await;
    }
}

#[rstest]
#[tokio::test]
async fn a_success_is_remembered_though_its_users_are_gone(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let body = transfer("Sam", "John", 200);
    let first = post(&client, "k", body.clone()).send().await;
    first.assert_status(201, "the first");
    for user in ["Sam", "John"] {
        client.delete(&format!("/tocos/{user}")).send().await.assert_status(204, user);
        assert_replayed(&post(&client, "k", body.clone()).send().await, &first, user);
    }
}

#[rstest]
#[tokio::test]
async fn what_never_reached_the_store_is_not_remembered(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    post(&client, "k", transfer("Sam", "John", 0)).send().await.assert_problem(422, "invalid-value", "amount");
    post(&server.anonymous(), "k", transfer("Sam", "John", 1)).send().await.assert_status(401, "no API key");
    let request = client.request("POST", "/transfers").header("Idempotency-Key", "k");
    request.body("application/json", "{").send().await.assert_problem(400, "malformed-request", "broken");
    let first = post(&client, "k", transfer("Sam", "John", 1)).send().await;
    first.assert_status(201, "corrected");
    assert_eq!(first.header("Idempotent-Replayed"), None);
}

#[rstest]
#[tokio::test]
async fn keys_of_different_callers_never_meet(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine).variable("api_key", "one-key,two-key")).await;
    let (one, two) = (server.with_key("one-key"), server.with_key("two-key"));
    let body = transfer("Sam", "John", 10);
    let of_one = post(&one, "k", body.clone()).send().await;
    let of_two = post(&two, "k", transfer("Sam", "John", 20)).send().await;
    assert_ne!(of_one.assert_json(201, "one")["id"], of_two.assert_json(201, "two")["id"]);
    assert_replayed(&post(&one, "k", body.clone()).send().await, &of_one, "one again");
    post(&two, "k", body).send().await.assert_problem(422, "idempotency-key-reused", "the body of the other");
    assert_eq!(balance(&one, "Sam").await, 170);
}

#[rstest]
#[tokio::test]
async fn a_retry_under_the_next_key_of_the_same_name_moves_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let entry = |name: &str, key: &str| format!("{name}:{:x}", Sha256::digest(key));
    let (old, new) = (entry("ci", "old-key"), entry("ci", "new-key"));
    let both = [old, new.clone(), entry("batch", "other-key")].join(",");
    let options = Options::on(engine).variable("api_key", &both);
    let server = Server::start(options.clone()).await;
    let body = transfer("Sam", "John", 10);
    let first = post(&server.with_key("old-key"), "k", body.clone()).send().await;
    first.assert_status(201, "under the old key");
    assert_replayed(&post(&server.with_key("new-key"), "k", body.clone()).send().await, &first, "under the new key");
    let other = post(&server.with_key("other-key"), "k", body.clone()).send().await;
    other.assert_status(201, "another caller");
    assert_eq!(other.header("Idempotent-Replayed"), None);
    drop(server);
    let server = Server::start(options.variable("api_key", &new)).await;
    let client = server.with_key("new-key");
    assert_replayed(&post(&client, "k", body).send().await, &first, "after the rotation");
    assert_eq!(balance(&client, "Sam").await, 180);
}

#[rstest]
#[tokio::test]
async fn a_replay_survives_kill_9_and_other_servers_know_it(#[values(Sqlite, Postgres)] engine: Engine) {
    let options = Options::on(engine);
    let server = Server::start(options.clone()).await;
    let body = transfer("Sam", "John", 10);
    let first = post(&server.client(), "k", body.clone()).send().await;
    first.assert_status(201, "the first");
    let server = server.kill_and_restart().await;
    assert_replayed(&post(&server.client(), "k", body.clone()).send().await, &first, "after kill -9");
    let other = Server::start(options).await;
    assert_replayed(&post(&other.client(), "k", body).send().await, &first, "another server");
    assert_eq!(balance(&other.client(), "Sam").await, 190);
}

#[tokio::test]
async fn get_takes_no_key() {
    let server = Server::start(Options::api()).await;
    let request = server.client().get("/transfers").header("Idempotency-Key", "a b");
    request.send().await.assert_status(200, "ignored");
}

/// Deletes the transfers for the next case, but leaves the balances.
async fn reset(server: &Server) {
    server.options().database().execute("DELETE FROM transfers").await.unwrap();
}
