//! Replicas cache users in a shared Redis. A read never returns a value older than an acknowledged write.

mod outage;
mod races;

use black_box::Engine::Postgres;
use black_box::{Client, Options, RedisServer, Server, StateDir};
use serde_json::json;

use crate::metrics::{QUIET, scrape};

/// Two replicas that share PostgreSQL and Redis.
async fn replicas(redis: &RedisServer) -> [Server; 2] {
    let options = Options::on(Postgres).redis(redis).variable("cache_ttl", "1h");
    let second = options.clone().state(&StateDir::new());
    [Server::start(options).await, Server::start(second).await]
}

async fn tocos(client: &Client, user: &str) -> u64 {
    let answer = client.get(&format!("/tocos/{user}")).send().await;
    answer.assert_json(200, user)["tocos"].as_u64().unwrap()
}

#[tokio::test]
async fn a_user_is_served_from_the_cache_with_its_tag() {
    let [first, second] = replicas(&RedisServer::shared()).await;
    let seen = first.client().get("/tocos/Sam").send().await;
    // Bypasses the API, so that the cache keeps the old value.
    first.options().database().execute("UPDATE users SET tocos = 7 WHERE name = 'Sam'").await.unwrap();
    for server in [&first, &second] {
        let again = server.client().get("/tocos/Sam").send().await;
        assert_eq!(again.assert_json(200, "cached")["tocos"], 200);
        assert_eq!(again.header("ETag"), seen.header("ETag"));
        let request = server.client().get("/tocos/Sam").header("If-None-Match", seen.header("ETag").unwrap());
        request.send().await.assert_status(304, "known");
    }
    assert_eq!(tocos(&second.client(), "John").await, 100, "a miss");
    second.client().get("/tocos/Nobody").send().await.assert_status(404, "an absent user is not cached");
    let nobody = json!({"user": "Nobody", "tocos": 1});
    first.client().post("/tocos", nobody).send().await.assert_status(201, "created later");
    assert_eq!(tocos(&second.client(), "Nobody").await, 1);
    tokio::time::sleep(QUIET).await;
    let told = scrape(&second).await;
    let reads = |result| told.sum("cache_reads_total", ("result", result));
    assert_eq!((reads("hit"), reads("miss"), reads("bypass")), (3.0, 2.0, 0.0), "the create caches Nobody");
}

#[tokio::test]
async fn every_write_of_a_replica_is_seen_by_the_other() {
    let [first, second] = replicas(&RedisServer::shared()).await;
    let (writer, reader) = (first.client(), second.client());
    assert_eq!((tocos(&reader, "Sam").await, tocos(&reader, "John").await), (200, 100));
    writer.put("/tocos/Sam", json!({"tocos": 5})).send().await.assert_status(200, "put");
    assert_eq!(tocos(&reader, "Sam").await, 5);
    let body = json!({"from": "Sam", "to": "John", "amount": 2});
    for amount in 1..=2 {
        writer.post("/transfers", body.clone()).send().await.assert_status(201, "transfer");
        assert_eq!((tocos(&reader, "Sam").await, tocos(&reader, "John").await), (5 - 2 * amount, 100 + 2 * amount));
    }
    let refused = json!({"from": "Sam", "to": "John", "amount": 2});
    writer.post("/transfers", refused).send().await.assert_problem(409, "not-enough-tocos", "too little");
    assert_eq!((tocos(&reader, "Sam").await, tocos(&reader, "John").await), (1, 104));
    writer.delete("/tocos/Sam").send().await.assert_status(204, "delete");
    reader.get("/tocos/Sam").send().await.assert_problem(404, "user-not-found", "gone");
    writer.post("/tocos", json!({"user": "Sam", "tocos": 9})).send().await.assert_status(201, "create");
    let seen = reader.get("/tocos/Sam").send().await;
    assert_eq!(seen.assert_json(200, "again")["tocos"], 9);
    let put = writer.put("/tocos/Sam", json!({"tocos": 8})).header("If-Match", seen.header("ETag").unwrap());
    put.send().await.assert_status(200, "the tag is the database's");
    assert_eq!(tocos(&reader, "Sam").await, 8);
}

#[tokio::test]
async fn environments_that_share_a_redis_do_not_meet() {
    let redis = RedisServer::shared();
    let [first, _] = replicas(&redis).await;
    assert_eq!(tocos(&first.client(), "Sam").await, 200);
    first.client().put("/tocos/Sam", json!({"tocos": 5})).send().await.assert_status(200, "put");
    let [other, _] = replicas(&redis).await;
    assert_eq!(tocos(&other.client(), "Sam").await, 200);
}
