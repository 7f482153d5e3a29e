//! Requests that share a connection, and the consequences.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use black_box::Options;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{RedisGuest, RedisServer, UNDER_WAY, ask, error, execution, key};

#[tokio::test]
async fn each_opening_is_a_connection_of_its_own() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        ids.insert(guest.execute(&["CLIENT", "ID"]).await.to_string());
    }
    assert_eq!(ids.len(), 5, "{ids:?}");
}

#[tokio::test]
async fn requests_of_an_instance_share_the_connection_that_it_keeps() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    let counter = key("counter");
    let mut running = Vec::new();
    for _ in 0..64 {
        let client = guest.server.client();
        let script = "return {redis.call('INCR', KEYS[1]), ARGV[1]}";
        let (address, counter) = (guest.redis.url().to_owned(), counter.clone());
        let mark = fastrand::u64(..).to_string();
        running.push(tokio::spawn(async move {
            let parameters = execution(&["EVAL", script, "1", &counter, &mark]);
            let answer = ask(&client, &address, "/redis/kept/call", &parameters).await;
            assert_eq!(answer["outcome"][1], mark, "its own reply");
            answer["outcome"][0].as_u64().expect("a number")
        }));
    }
    let mut numbers = BTreeSet::new();
    for task in running {
        numbers.insert(task.await.unwrap());
    }
    assert_eq!(numbers, (1..=64).collect(), "each command was done once");
    guest.execute(&["DEL", &counter]).await;
}

#[tokio::test]
async fn sixteen_requests_at_a_time_are_one_connection() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    guest.execute_kept(&["PING"]).await;
    // Each stays long enough for the others to join it.
    let mut running = Vec::new();
    for _ in 0..16 {
        let (client, address) = (guest.server.client(), guest.redis.url().to_owned());
        running.push(tokio::spawn(async move {
            let id = ask(&client, &address, "/redis/kept/call", &execution(&["CLIENT", "ID"])).await;
            client.get("/sleep?ms=1").send().await.assert_status(200, "another request");
            (id["instance"].to_string(), id["outcome"].to_string())
        }));
    }
    let mut connections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for task in running {
        let (instance, connection) = task.await.unwrap();
        connections.entry(instance).or_default().insert(connection);
    }
    assert!(connections.values().all(|ids| ids.len() == 1), "one for each instance: {connections:?}");
    let all: BTreeSet<_> = connections.values().flatten().collect();
    assert_eq!(all.len(), connections.len(), "and none for two: {connections:?}");
}

#[tokio::test]
async fn a_command_that_blocks_delays_what_comes_after_it_on_its_connection() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    let nothing = key("nothing");
    guest.execute_kept(&["PING"]).await;
    let pop = ["BLPOP", nothing.as_str(), "2"];
    let blocking = guest.execute_kept(&pop);
    let others = async {
        sleep(UNDER_WAY).await;
        let start = Instant::now();
        assert_eq!(guest.execute(&["PING"]).await, json!([{"status": "PONG"}]));
        let elsewhere = start.elapsed();
        assert_eq!(guest.execute_kept(&["PING"]).await, json!([{"status": "PONG"}]));
        (elsewhere, start.elapsed())
    };
    let (popped, (elsewhere, behind)) = tokio::join!(blocking, others);
    assert_eq!(popped, json!([null]));
    assert!(elsewhere < Duration::from_secs(1), "{elsewhere:?}");
    assert!(behind > Duration::from_secs(1), "{behind:?}");
}

#[tokio::test]
async fn the_reply_to_a_command_that_was_given_up_is_not_taken_for_the_next() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    let nothing = key("nothing");
    let mut pop = execution(&["BLPOP", &nothing, "1"]);
    pop.push(("ms", "200"));
    let outcome = guest.ask_kept(&pop).await;
    assert_eq!(error(&outcome), "given up");
    assert_eq!(guest.execute_kept(&["ECHO", "mine"]).await, json!(["mine"]));
}

#[tokio::test]
async fn what_one_request_sets_on_the_connection_stays_for_the_others() {
    let guest = RedisGuest::start(RedisServer::shared()).await;
    let counter = key("counter");
    assert_eq!(guest.execute_kept(&["MULTI"]).await, json!([{"status": "OK"}]));
    assert_eq!(guest.execute_kept(&["INCR", &counter]).await, json!([{"status": "QUEUED"}]));
    assert_eq!(guest.execute_kept(&["EXEC"]).await, json!([1]));
    guest.execute(&["DEL", &counter]).await;
}

#[tokio::test]
async fn an_instance_has_1024_connections_at_most_and_none_when_it_has_ended() {
    let redis = RedisServer::start_own();
    let guest = RedisGuest::start_with(redis, Options::guest().flag("--max-instance-reuse-count", "1")).await;
    let many = guest.ask("/redis/open-many", &[("count", "1025")]).await;
    assert_eq!(many, json!({"opened": 1024, "error": "Error::TooManyConnections"}));
    for _ in 0..50 {
        let clients = guest.execute(&["CLIENT", "LIST"]).await;
        let clients = clients[0].as_str().expect("a list").lines().count();
        if clients == 1 {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("connections are left");
}

#[tokio::test]
async fn an_instance_keeps_no_connection_of_another() {
    let redis = RedisServer::shared();
    let guest = RedisGuest::start_with(redis, Options::guest().flag("--max-instance-reuse-count", "1")).await;
    let first: Value = guest.execute_kept(&["CLIENT", "ID"]).await;
    assert_ne!(guest.execute_kept(&["CLIENT", "ID"]).await, first);
}
