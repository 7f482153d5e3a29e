//! Reads and writes of the same user at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use black_box::{Database, RedisServer, Server};
use serde_json::json;

use super::{replicas, tocos};

/// Maximum time for statements to reach the lock that they wait for.
const ARRIVAL: Duration = Duration::from_secs(3);

/// A reader holds the lease and waits for a lock in the database. A writer waits behind the reader. So most readers
/// get the old value, and try to store it in the cache near the end of the write.
#[tokio::test]
async fn a_reader_that_was_overtaken_fills_nothing() {
    const RACES: usize = 3;
    const ROUNDS: u64 = 50;
    let [first, second] = replicas(&RedisServer::shared()).await;
    // Opens the connections and creates the schema.
    for server in [&first, &second] {
        assert_eq!(tocos(&server.client(), "John").await, 100);
    }
    let mut overtaken = 0;
    for round in 1..=ROUNDS {
        put_and_take_out(&first).await;
        let database = first.options().database();
        let lock = database.lock().await;
        let reader = first.client();
        let read = tokio::spawn(async move { tocos(&reader, "Cem").await });
        wait_for_waiting(&database, 1).await;
        let write = tokio::spawn(second.client().put("/tocos/Cem", json!({"tocos": 1000 + round})).send());
        wait_for_waiting(&database, 2).await;
        lock.release().await;
        let seen = read.await.unwrap();
        assert!([0, 1000 + round].contains(&seen), "{seen} is neither the old nor the new value");
        write.await.unwrap().assert_status(200, "the write");
        for server in [&first, &second] {
            assert_eq!(tocos(&server.client(), "Cem").await, 1000 + round, "round {round}");
        }
        overtaken += usize::from(seen == 0);
        if overtaken == RACES {
            return;
        }
    }
    panic!("only {overtaken} readers were overtaken");
}

/// Leaves Cem with 0 tocos and without an entry in the cache.
async fn put_and_take_out(server: &Server) {
    let client = server.client();
    client.put("/tocos/Cem", json!({"tocos": 1})).send().await.assert_status(200, "one for Cem");
    let body = json!({"from": "Cem", "to": "John", "amount": 1});
    client.post("/transfers", body).send().await.assert_status(201, "Cem gives it away");
}

/// Two writers wait for the database at the same time, and neither knows their order.
#[tokio::test]
async fn writers_that_meet_leave_what_the_database_has() {
    let [first, second] = replicas(&RedisServer::shared()).await;
    for server in [&first, &second] {
        assert_eq!(tocos(&server.client(), "Sam").await, 200);
    }
    for round in 1..=5_u64 {
        let database = first.options().database();
        let lock = database.lock().await;
        let mut running = Vec::new();
        for (index, server) in [&first, &second].into_iter().enumerate() {
            let body = json!({"tocos": 10 * round + index as u64});
            running.push(tokio::spawn(server.client().put("/tocos/Sam", body).send()));
            wait_for_waiting(&database, index as i64 + 1).await;
        }
        lock.release().await;
        for write in running {
            write.await.unwrap().assert_status(200, "a write");
        }
        let kept = database.number("SELECT tocos FROM users WHERE name = 'Sam'").await;
        for server in [&first, &second] {
            assert_eq!(tocos(&server.client(), "Sam").await as i64, kept, "round {round}");
        }
    }
}

/// Readers use both replicas, while one writer counts up through each of them in turn.
#[tokio::test]
async fn nobody_is_served_less_than_was_acknowledged() {
    const WRITES: u64 = 150;
    let servers = replicas(&RedisServer::shared()).await;
    let (acknowledged, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut readers = Vec::new();
    for number in 0..8 {
        let client = servers[number % 2].client();
        let (acknowledged, is_over) = (acknowledged.clone(), is_over.clone());
        readers.push(tokio::spawn(async move {
            let mut reads = 0_u64;
            while !is_over.load(SeqCst) {
                let least = acknowledged.load(SeqCst);
                let seen = tocos(&client, "Cem").await;
                assert!(seen >= least || least == 0, "{seen} after {least} was acknowledged");
                reads += 1;
            }
            reads
        }));
    }
    for value in 1..=WRITES {
        // Above Cem's initial value.
        let value = 1000 + value;
        let put = servers[(value % 2) as usize].client().put("/tocos/Cem", json!({"tocos": value})).send().await;
        put.assert_status(200, "a write");
        acknowledged.store(value, SeqCst);
    }
    is_over.store(true, SeqCst);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    tokio::time::sleep(crate::metrics::QUIET).await;
    let told = [crate::metrics::scrape(&servers[0]).await, crate::metrics::scrape(&servers[1]).await];
    let hits: f64 = told.iter().map(|told| told.sum("cache_reads_total", ("result", "hit"))).sum();
    assert!(hits > 0.0, "the cache has served some");
    assert_quiet(&servers);
}

fn assert_quiet(servers: &[Server]) {
    for server in servers {
        assert!(!server.logs().text().contains("the cache is unavailable"), "{}", server.logs().text());
    }
}

/// Waits until at least this many statements wait for a lock in the database.
async fn wait_for_waiting(database: &Database, count: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let deadline = Instant::now() + ARRIVAL;
    while database.number(waiting).await < count {
        assert!(Instant::now() < deadline, "too few statements wait");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
