//! Keys are kept for a day, and cleared away by the requests that come after.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;

use super::{assert_replayed, post};
use crate::transfers::{balance, history, make, transfer};

const A_DAY: i64 = 24 * 60 * 60 * 1000;
const KEPT: &str = "SELECT count(*) FROM transfer_requests";

#[rstest]
#[tokio::test]
async fn a_key_is_kept_for_a_day(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let (client, database) = (server.client(), server.options().database());
    let body = transfer("Sam", "John", 1);
    let first = post(&client, "k", body.clone()).send().await;
    first.assert_status(201, "the first");
    let kept = "SELECT expires_at - created_at FROM transfer_requests WHERE key = 'k'";
    assert_eq!(database.number(kept).await, A_DAY);

    // All but ten seconds of it are over.
    let aged = A_DAY - 10_000;
    let age =
        format!("UPDATE transfer_requests SET created_at = created_at - {aged}, expires_at = expires_at - {aged}");
    database.execute(&age).await.unwrap();
    let again = post(&client, "k", body).send().await;
    assert_eq!((again.status, again.header("Idempotent-Replayed")), (201, Some("true")));
    assert_eq!(again.json()["id"], first.json()["id"]);
}

#[rstest]
#[tokio::test]
async fn after_that_it_is_a_new_key(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let (client, database) = (server.client(), server.options().database());
    let body = transfer("Sam", "John", 10);
    let first = post(&client, "k", body.clone()).send().await;
    let refused = post(&client, "refused", transfer("Sam", "John", 1_000)).send().await;
    refused.assert_status(409, "not enough");
    let age = format!("UPDATE transfer_requests SET created_at = created_at - {A_DAY}, expires_at = created_at");
    database.execute(&age).await.unwrap();

    let second = post(&client, "k", body.clone()).send().await;
    assert_ne!(second.assert_json(201, "a new one")["id"], first.assert_json(201, "the first")["id"]);
    assert_eq!(second.header("Idempotent-Replayed"), None);
    assert_replayed(&post(&client, "k", body).send().await, &second, "the new one again");
    // Another body under the key of a refusal that is forgotten.
    post(&client, "refused", transfer("Sam", "John", 20)).send().await.assert_status(201, "enough now");
    assert_eq!(balance(&client, "Sam").await, 200 - 10 - 10 - 20);
    assert_eq!(history(&client).await.len(), 3, "the first transfer is not forgotten");
}

#[rstest]
#[tokio::test]
async fn old_keys_go_as_new_requests_come(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let (client, database) = (server.client(), server.options().database());
    for number in 0..30 {
        post(&client, &format!("k-{number}"), transfer("Sam", "John", 1)).send().await.assert_status(201, "old");
    }
    assert_eq!(database.number(KEPT).await, 30);
    database.execute("UPDATE transfer_requests SET expires_at = 1 WHERE key <> 'k-29'").await.unwrap();
    // Fewer than there are old ones, whether with a key or without.
    for number in 0..10 {
        post(&client, &format!("new-{number}"), transfer("Sam", "John", 1)).send().await.assert_status(201, "new");
        make(&client, "Sam", "John", 1).await;
    }
    assert_eq!(database.number(&format!("{KEPT} WHERE expires_at = 1")).await, 0, "all old ones are gone");
    assert_eq!(database.number(&format!("{KEPT} WHERE key = 'k-29' OR key LIKE 'new-%'")).await, 11);
    assert!(database.number(KEPT).await <= 12, "what has no key is not kept");
    assert_eq!(history(&client).await.len(), 50);
}
