//! Many clients at once.

use std::collections::BTreeMap;
use std::future::Future;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Options, Server};
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinSet;

const CLIENTS: usize = 64;
const ROUNDS: usize = 8;

#[rstest]
#[tokio::test]
async fn each_of_64_clients_reads_its_own_writes(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine).variable("seed_demo_data", "false")).await;
    together(|number| {
        let client = server.client();
        async move {
            let path = format!("/tocos/user-{number:02}");
            for round in 0..ROUNDS {
                let tocos = number * ROUNDS + round;
                let answer = client.put(&path, json!({"tocos": tocos})).send().await;
                answer.assert_status(if round == 0 { 201 } else { 200 }, &path);
                let entry = client.get(&path).send().await.assert_json(200, &path);
                assert_eq!(entry["tocos"], tocos, "{path}");
                client.get("/tocos?limit=10").send().await.assert_status(200, "a page");
            }
        }
    })
    .await;
    let all = server.client().get("/tocos?limit=1000").send().await.assert_json(200, "all");
    let expected: Vec<_> = (0..CLIENTS)
        .map(|number| json!({"user": format!("user-{number:02}"), "tocos": number * ROUNDS + ROUNDS - 1}))
        .collect();
    assert_eq!(all, json!(expected));
}

#[rstest]
#[tokio::test]
async fn a_user_is_created_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let statuses = together(|number| {
        let client = server.client();
        let body = json!({"user": "Nina", "tocos": number});
        async move { client.post("/tocos", body).send().await.status }
    })
    .await;
    assert_eq!(counts(&statuses), [(201, 1), (409, CLIENTS - 1)].into());
}

#[rstest]
#[tokio::test]
async fn a_user_is_removed_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let statuses = together(|_| {
        let client = server.client();
        async move { client.delete("/tocos/John").send().await.status }
    })
    .await;
    assert_eq!(counts(&statuses), [(204, 1), (404, CLIENTS - 1)].into());
}

#[rstest]
#[tokio::test]
async fn a_put_creates_once_and_then_sets(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let statuses = together(|number| {
        let client = server.client();
        async move { client.put("/tocos/Nina", json!({"tocos": number})).send().await.status }
    })
    .await;
    assert_eq!(counts(&statuses), [(201, 1), (200, CLIENTS - 1)].into());
}

#[rstest]
#[tokio::test]
async fn the_first_64_requests_of_all_find_the_seed_data(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let sizes = together(|_| {
        let client = server.client();
        async move {
            let users = client.get("/tocos").send().await.assert_json(200, "a cold start");
            users.as_array().map(Vec::len)
        }
    })
    .await;
    assert_eq!(sizes, vec![Some(3); CLIENTS]);
}

#[rstest]
#[tokio::test]
async fn editors_and_transfers_overwrite_nothing_of_each_other(#[values(Sqlite, Postgres)] engine: Engine) {
    const EDITORS: usize = 16;
    const EDITS: u64 = 5;
    let server = Server::start(Options::on(engine)).await;
    together(|number| {
        let client = server.client();
        async move {
            if number < EDITORS {
                for _ in 0..EDITS {
                    add_one(&client, "/tocos/Sam").await;
                }
            } else {
                let (from, to) = if number % 2 == 0 { ("Sam", "Cem") } else { ("Cem", "Sam") };
                let body = json!({"from": from, "to": to, "amount": 1});
                client.post("/transfers", body).send().await.assert_status(201, "a transfer");
            }
        }
    })
    .await;
    let all = server.client().get("/tocos").send().await.assert_json(200, "all");
    let tocos = |index: usize| all[index]["tocos"].as_u64().unwrap();
    assert_eq!((tocos(0), tocos(2)), (300, 200 + EDITORS as u64 * EDITS), "the transfers cancel out: {all}");
}

/// Repeats a read and a conditional write until no other client writes in between.
async fn add_one(client: &Client, path: &str) {
    loop {
        let seen = client.get(path).send().await;
        let tocos = seen.assert_json(200, path)["tocos"].as_u64().unwrap();
        let request = client.put(path, json!({"tocos": tocos + 1}));
        let answer = request.header("If-Match", seen.header("ETag").unwrap()).send().await;
        match answer.status {
            200 => return,
            _ => answer.assert_problem(412, "precondition-failed", "another client was first"),
        };
    }
}

/// Runs 64 clients at the same time.
async fn together<T, F>(client: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut running = JoinSet::new();
    for number in 0..CLIENTS {
        running.spawn(client(number));
    }
    running.join_all().await
}

fn counts(statuses: &[u16]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for status in statuses {
        *counts.entry(*status).or_default() += 1;
    }
    counts
}
