//! PostgreSQL's statistics of scans while the API is used.

use std::time::Duration;

use black_box::Engine::Postgres;
use black_box::{Client, Database, Options, Server};
use serde_json::json;

/// Makes PostgreSQL use an index, if there is one, even on the small tables of a test.
const AVOID_SCANS: &str = "DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database());
END $$";
const LEAVE_SCANS: &str = "DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I RESET enable_seqscan', current_database());
END $$";
const SCANS: &str = "SELECT coalesce(sum(seq_scan), 0)::bigint FROM pg_stat_user_tables
    WHERE relname IN ('users', 'transfers', 'transfer_requests')";
const INDEX_SCANS: &str = "SELECT coalesce(sum(idx_scan), 0)::bigint FROM pg_stat_user_tables";
const DEMO_USERS: &str = "SELECT coalesce(sum(n_tup_ins), 0)::bigint FROM pg_stat_user_tables WHERE relname = 'users'";

#[tokio::test]
async fn no_request_reads_a_table_from_end_to_end() {
    let options = Options::on(Postgres);
    let database = options.database();
    database.execute(AVOID_SCANS).await.unwrap();
    let server = Server::start(options).await;
    // Waits for the schema, which takes long on a busy machine.
    server.wait_for("/readiness", 200, Duration::from_secs(20)).await;
    // PostgreSQL counts the scans of the migrations when their connection has ended.
    let server = server.kill_and_restart().await;
    wait_until_more(&database, DEMO_USERS, 2).await;
    let (scans, index_scans) = (database.number(SCANS).await, database.number(INDEX_SCANS).await);

    use_everything(&server.client()).await;
    server.kill();
    wait_until_more(&database, INDEX_SCANS, index_scans + 20).await;
    assert_eq!(database.number(SCANS).await, scans, "whole tables read");

    database.number("SELECT count(*) FROM users WHERE tocos > 0").await;
    wait_until_more(&database, SCANS, scans).await;
    database.execute(LEAVE_SCANS).await.unwrap();
}

async fn use_everything(client: &Client) {
    let transfer = json!({"from": "Sam", "to": "Ada", "amount": 1});
    for (method, path, body, status) in [
        ("POST", "/tocos", json!({"user": "Ada", "tocos": 5}), 201),
        ("PUT", "/tocos/Ada", json!({"tocos": 6}), 200),
        ("POST", "/transfers", transfer.clone(), 201),
        ("POST", "/transfers", json!({"from": "Ada", "to": "Nobody", "amount": 1}), 404),
    ] {
        let answer = client.request(method, path).json(body).send().await;
        answer.assert_status(status, &format!("{method} {path}"));
    }
    for _ in 0..2 {
        let request = client.post("/transfers", transfer.clone()).header("Idempotency-Key", "\"once\"");
        request.send().await.assert_status(201, "with a key");
    }
    let newest = client.get("/transfers?limit=1").send().await.assert_json(200, "the newest");
    let id = newest[0]["id"].as_str().unwrap().to_owned();
    for path in ["/tocos", "/tocos?limit=2", "/tocos/Ada", "/transfers?user=Ada", &format!("/transfers/{id}")] {
        client.get(path).send().await.assert_status(200, path);
    }
    let page = client.get("/tocos?limit=1").send().await.next_page().unwrap();
    client.get(&page).send().await.assert_status(200, "the next page");
    let etag = client.get("/tocos/Ada").send().await.header("etag").unwrap().to_owned();
    let put = client.put("/tocos/Ada", json!({"tocos": 7})).header("If-Match", &etag);
    put.send().await.assert_status(200, "unchanged");
    client.delete("/tocos/Ada").send().await.assert_status(204, "removed");
}

async fn wait_until_more(database: &Database, query: &str, than: i64) {
    for _ in 0..100 {
        if database.number(query).await > than {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} and no more: {query}", database.number(query).await);
}
