//! What was acknowledged stays, whatever happens to the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Options, Server};
use rstest::rstest;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

#[rstest]
#[tokio::test]
async fn a_restart_changes_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    client.delete("/tocos/John").send().await.assert_status(204, "John");
    client.put("/tocos/Sam", json!({"tocos": 5})).send().await.assert_status(200, "Sam");
    client.post("/tocos", json!({"user": "Nina", "tocos": 9})).send().await.assert_status(201, "Nina");
    let before = list(&client).await;

    let options = server.options().clone();
    let (status, logs) = server.terminate().await;
    assert!(status.success(), "{status}: {}", logs.text());
    let server = Server::start(options).await;
    assert_eq!(list(&server.client()).await, before, "no seed data again");
}

#[rstest]
#[tokio::test]
async fn an_acknowledged_write_survives_kill_9(#[values(Sqlite, Postgres)] engine: Engine) {
    let mut server = Server::start(Options::on(engine)).await;
    for round in 0..5_u64 {
        let acknowledged = Arc::new(AtomicU64::new(0));
        let writer = tokio::spawn(write(server.client(), round, acknowledged.clone()));
        while acknowledged.load(Ordering::SeqCst) < 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server = server.kill_and_restart().await;
        writer.await.unwrap();

        let last = acknowledged.load(Ordering::SeqCst);
        let balance = server.client().get("/tocos/Sam").send().await.assert_json(200, "Sam");
        let balance = balance["tocos"].as_u64().unwrap();
        let lowest = round * 1_000_000 + last;
        assert!((lowest..=lowest + 1).contains(&balance), "{balance}, acknowledged was {lowest}");
    }
}

#[rstest]
#[tokio::test]
async fn a_created_user_survives_kill_9_at_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let mut server = Server::start(Options::on(engine)).await;
    for round in 0..5 {
        let user = format!("user-{round}");
        let answer = server.client().post("/tocos", json!({"user": user, "tocos": round})).send().await;
        answer.assert_status(201, &user);
        server = server.kill_and_restart().await;
    }
    let users = list(&server.client()).await;
    assert_eq!(users.as_array().map(Vec::len), Some(3 + 5), "{users}");
}

#[tokio::test]
async fn the_database_writes_ahead() {
    let server = Server::start(Options::api()).await;
    server.client().get("/tocos").send().await.assert_status(200, "opened");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(server.state_dir().database(), flags).unwrap();
    let mode: String = database.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

/// Counts a balance up until the server is gone.
async fn write(client: Client, round: u64, acknowledged: Arc<AtomicU64>) {
    for number in 1.. {
        let body = json!({"tocos": round * 1_000_000 + number});
        match client.put("/tocos/Sam", body).try_send().await {
            Ok(answer) if answer.status == 200 => acknowledged.store(number, Ordering::SeqCst),
            Ok(answer) => panic!("{answer:?}"),
            Err(_) => break,
        }
    }
}

async fn list(client: &Client) -> Value {
    client.get("/tocos").send().await.assert_json(200, "the list")
}
