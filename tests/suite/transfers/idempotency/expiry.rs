//! Keys are kept for a day. Later requests remove expired keys.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Database, Engine, Options, Server};
use rstest::rstest;

use super::{assert_replayed, post};
use crate::transfers::{balance, history, make, transfer};

const A_DAY: i64 = 24 * 60 * 60 * 1000;
const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const KEPT: &str = "SELECT count(*) FROM transfer_requests";

#[rstest]
#[tokio::test]
async fn a_key_is_kept_for_a_day(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let (client, database) = (server.client(), server.options().database());
    let body = transfer("Sam", "John", 1);
    let first = post(&client, "k", body.clone()).send().await;
    first.assert_status(201, "the first");
    let left = format!("SELECT expires_at - {} FROM transfer_requests WHERE key = 'k'", now(&database));
    let left = database.number(&left).await;
    assert!((A_DAY - 60_000..=A_DAY).contains(&left), "{left}");

    // Leaves two minutes of the day, enough for a busy machine.
    let aged = A_DAY - 120_000;
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
    let age =
        format!("UPDATE transfer_requests SET created_at = created_at - {A_DAY}, expires_at = expires_at - {A_DAY}");
    database.execute(&age).await.unwrap();

    let second = post(&client, "k", body.clone()).send().await;
    assert_ne!(second.assert_json(201, "a new one")["id"], first.assert_json(201, "the first")["id"]);
    assert_eq!(second.header("Idempotent-Replayed"), None);
    assert_replayed(&post(&client, "k", body).send().await, &second, "the new one again");
    // Another body under the key of an expired refusal.
    post(&client, "refused", transfer("Sam", "John", 20)).send().await.assert_status(201, "enough now");
    assert_eq!(balance(&client, "Sam").await, 200 - 10 - 10 - 20);
    assert_eq!(history(&client).await.len(), 3, "the first transfer is not forgotten");
}

/// A pod's clock must not affect the records of other pods.
#[rstest]
#[tokio::test]
async fn a_pod_whose_clock_is_a_day_ahead_expires_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let (client, database) = (server.client(), server.options().database());
    let body = transfer("Sam", "John", 1);
    let mut first = Vec::new();
    for key in ["k-1", "k-2"] {
        first.push(post(&client, key, body.clone()).send().await);
    }
    for hours in [25, -25] {
        let key = format!("'{hours}'");
        database.execute(&request_of_another_pod(&database, &key, hours)).await.unwrap();
        let left = format!("SELECT expires_at - {} FROM transfer_requests WHERE key = {key}", now(&database));
        if engine == Postgres {
            let left = database.number(&left).await;
            assert!((A_DAY - 60_000..=A_DAY).contains(&left), "{hours} h: {left}");
        }
    }
    for (key, first) in ["k-1", "k-2"].iter().zip(&first) {
        assert_replayed(&post(&client, key, body.clone()).send().await, first, key);
    }
    // The record of the pod whose clock is ahead is kept too.
    let again = post(&client, "25", transfer("Sam", "John", 2)).send().await;
    again.assert_problem(422, "idempotency-key-reused", "another request");
    assert_eq!(balance(&client, "John").await, 100 + 1 + 1 + 2 * u64::from(engine == Postgres));
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
    // Fewer requests than old keys, with a key and without.
    for number in 0..10 {
        post(&client, &format!("new-{number}"), transfer("Sam", "John", 1)).send().await.assert_status(201, "new");
        make(&client, "Sam", "John", 1).await;
    }
    assert_eq!(database.number(&format!("{KEPT} WHERE expires_at = 1")).await, 0, "all old ones are gone");
    assert_eq!(database.number(&format!("{KEPT} WHERE key = 'k-29' OR key LIKE 'new-%'")).await, 11);
    assert!(database.number(KEPT).await <= 12, "requests without a key are not kept");
    assert_eq!(history(&client).await.len(), 50);
}

/// The database's time, in milliseconds.
fn now(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        Database::Postgres(_) => "(extract(epoch FROM now()) * 1000)::bigint",
    }
}

/// The statement of a transfer by a pod of the previous release, whose clock is wrong by these hours. In SQLite, the
/// pod's own clock sets the expiry of its record, so there the test is about the other records.
fn request_of_another_pod(database: &Database, key: &str, hours: i64) -> String {
    let created_at = format!("{} + {}", now(database), hours * 60 * 60 * 1000);
    match database {
        Database::Sqlite(_) => format!(
            "INSERT INTO transfer_requests
            SELECT caller, {key}, fingerprint, 'not enough', '{ID}', from_user, to_user, amount, note,
                {created_at}, {created_at} + {A_DAY}
            FROM transfer_requests WHERE key = 'k-1'"
        ),
        Database::Postgres(_) => format!(
            "SELECT transfer_tocos(caller, {key}, fingerprint, gen_random_uuid(), from_user, to_user, amount, note,
                {created_at}, {created_at} + {A_DAY})
            FROM transfer_requests WHERE key = 'k-1'"
        ),
    }
}
