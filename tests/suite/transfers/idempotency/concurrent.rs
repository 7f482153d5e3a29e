//! Concurrent requests with the same key.

use std::time::Duration;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Answer, Client, Engine, Options, Server};
use rstest::rstest;
use tokio::task::JoinSet;

use super::post;
use crate::transfers::{balance, history, transfer};

const AT_ONCE: usize = 24;

#[rstest]
#[tokio::test]
async fn of_many_at_once_one_is_carried_out(#[values(Sqlite, Postgres)] engine: Engine) {
    let options = Options::on(engine);
    let (one, two) = (Server::start(options.clone()).await, Server::start(options).await);
    for round in 1..=5_u64 {
        let key = format!("k-{round}");
        let mut running = JoinSet::new();
        for number in 0..AT_ONCE {
            let client = if number % 2 == 0 { one.client() } else { two.client() };
            running.spawn(post(&client, &key, transfer("Sam", "John", round)).send());
        }
        assert_one_was_first(&running.join_all().await);
        assert_eq!(history(&one.client()).await.len() as u64, round);
    }
    assert_eq!(balance(&two.client(), "Sam").await, 200 - 15);
}

#[rstest]
#[tokio::test]
async fn of_different_requests_at_once_one_has_the_key(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let mut running = JoinSet::new();
    for amount in 1..=8 {
        running.spawn(post(&client, "k", transfer("Sam", "John", amount)).send());
    }
    let mut answers = running.join_all().await;
    answers.retain(|answer| answer.status != 409);
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_problem(422, "idempotency-key-reused", "not the first");
    }
    assert_eq!(history(&client).await.len(), 1);
}

#[rstest]
#[tokio::test]
async fn while_the_first_is_running_the_others_wait_or_are_told_to(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    assert_eq!(balance(&client, "Sam").await, 200, "the schema is there");
    let lock = server.options().database().lock().await;
    let first = start(&client);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let others = [start(&client), start(&client)];
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!first.is_finished(), "the first waits for the lock");
    lock.release().await;

    let mut answers = vec![first.await.unwrap()];
    for other in others {
        answers.push(other.await.unwrap());
    }
    assert_one_was_first(&answers);
    assert_eq!(balance(&client, "Sam").await, 195);
    let again = start(&client).await.unwrap();
    assert_eq!((again.status, again.header("Idempotent-Replayed")), (201, Some("true")));
}

fn start(client: &Client) -> tokio::task::JoinHandle<Answer> {
    tokio::spawn(post(client, "k", transfer("Sam", "John", 5)).send())
}

/// Panics unless one response is the first, and the others repeat it or report that it is in progress.
fn assert_one_was_first(answers: &[Answer]) {
    let is_first = |answer: &&Answer| answer.status == 201 && answer.header("Idempotent-Replayed").is_none();
    let firsts: Vec<_> = answers.iter().filter(is_first).collect();
    assert_eq!(firsts.len(), 1, "{answers:?}");
    for answer in answers {
        if answer.status == 409 {
            answer.assert_problem(409, "request-in-progress", "the first is running");
            let seconds: Option<u32> = answer.header("Retry-After").and_then(|text| text.parse().ok());
            assert!(seconds.is_some(), "{answer:?}");
        } else {
            assert_eq!(answer.assert_json(201, "the first, again"), firsts[0].json());
        }
    }
}
