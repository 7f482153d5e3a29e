//! The totals of all users, which the last migrations added, include earlier users.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Options, Server};
use serde_json::json;

use super::migrations;

/// The table of counts of an earlier release.
const METRICS: &str = "CREATE TABLE metrics (
        series TEXT NOT NULL, part INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, part)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO metrics VALUES ('auth_failures{reason=\"missing\"}', 0, 7.0)";

/// The old role has rights only on the earlier tables, and still writes while the new release rolls out.
#[tokio::test]
async fn users_from_before_are_in_the_totals_and_old_roles_still_write() {
    let options = Options::on(Postgres);
    let database = options.database();
    let migrations = migrations("postgres");
    let (before, after) = migrations.split_at(2);
    for migration in before {
        database.execute(migration).await.unwrap();
    }
    let rich =
        "INSERT INTO users SELECT 'rich-' || number, 9007199254740991, number FROM generate_series(1, 1025) AS number";
    database.execute(rich).await.unwrap();
    let (role, password) = database.limited_role().await.unwrap();
    for migration in after {
        database.execute(migration).await.unwrap();
    }
    let server = Server::start(options.variable("pguser", &role).variable("pgpassword", &password)).await;
    let client = server.client();
    client.put("/tocos/Sam", json!({"tocos": 5})).send().await.assert_status(201, "Sam");
    client.put("/tocos/John", json!({"tocos": 5})).send().await.assert_status(201, "John");
    let transfer = json!({"from": "Sam", "to": "John", "amount": 5});
    client.post("/transfers", transfer).send().await.assert_status(201, "a transfer");
    client.delete("/tocos/Sam").send().await.assert_status(204, "Sam");
    assert_totals(&server, 1026, 1025 * 9_007_199_254_740_991 + 10).await;
}

#[tokio::test]
async fn a_file_from_before_has_its_users_in_the_totals() {
    let options = Options::on(Sqlite);
    let database = options.database();
    for migration in migrations("sqlite").iter().take(2) {
        database.execute(migration).await.unwrap();
    }
    // Replaces the third and the fourth migration.
    database.execute(METRICS).await.unwrap();
    let rich = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1025)
        INSERT INTO users (name, tocos, incarnation) SELECT 'rich-' || n, 9007199254740991, n FROM numbers;
        PRAGMA user_version = 4";
    database.execute(rich).await.unwrap();
    let server = Server::start(options).await;
    assert_totals(&server, 1025, 1025 * 9_007_199_254_740_991).await;
    let exposed = server.anonymous().get("/metrics").send().await;
    assert!(exposed.text().contains("auth_failures_total{reason=\"missing\"} 7\n"), "{}", exposed.text());
}

async fn assert_totals(server: &Server, users: i64, tocos: i128) {
    let answer = server.anonymous().get("/metrics").send().await;
    let lines: Vec<_> = answer.assert_status(200, "/metrics").text().lines().collect();
    for expected in [format!("tocos_users {users}"), format!("tocos_total {tocos}")] {
        assert!(lines.contains(&expected.as_str()), "no {expected} in {lines:#?}");
    }
}
