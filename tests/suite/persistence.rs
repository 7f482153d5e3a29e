//! Acknowledged writes survive a stop and a crash of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Options, Server, example};
use rstest::rstest;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

#[rstest]
#[tokio::test]
async fn a_restart_changes_nothing(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    client.delete(example::ONE).send().await.assert_status(204, "one less");
    client.post(example::LIST, example::new()).send().await.assert_status(201, "one more");
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
    let mut expected = example::DEMO_ENTRIES;
    for round in 0..5 {
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let writer = tokio::spawn(write(server.client(), acknowledged.clone()));
        while acknowledged.load(Ordering::SeqCst) < 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server = server.kill_and_restart().await;
        writer.await.unwrap();

        let all = list(&server.client()).await.as_array().unwrap().len();
        expected += acknowledged.load(Ordering::SeqCst);
        assert!((expected..=expected + 1).contains(&all), "round {round}: {all} entries, {expected} acknowledged");
        expected = all;
    }
}

#[rstest]
#[tokio::test]
async fn a_created_entry_survives_kill_9_at_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let mut server = Server::start(Options::on(engine)).await;
    for round in 0..5 {
        let answer = server.client().post(example::LIST, example::new()).send().await;
        answer.assert_status(201, &format!("round {round}"));
        server = server.kill_and_restart().await;
    }
    let entries = list(&server.client()).await;
    assert_eq!(entries.as_array().map(Vec::len), Some(example::DEMO_ENTRIES + 5), "{entries}");
}

#[tokio::test]
async fn the_database_writes_ahead() {
    let server = Server::start(Options::api()).await;
    server.client().get(example::LIST).send().await.assert_status(200, "opened");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(server.state_dir().database(), flags).unwrap();
    let mode: String = database.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

/// Adds entries until the server stops responding.
async fn write(client: Client, acknowledged: Arc<AtomicUsize>) {
    for number in 1.. {
        match client.post(example::LIST, example::new()).try_send().await {
            Ok(answer) if answer.status == 201 => acknowledged.store(number, Ordering::SeqCst),
            Ok(answer) => panic!("{answer:?}"),
            Err(_) => break,
        }
    }
}

async fn list(client: &Client) -> Value {
    client.get(&format!("{}?limit=1000", example::LIST)).send().await.assert_json(200, "the list")
}
