//! How an empty database gets its schema: by any number of servers at once, or ahead of them.

use std::fs;
use std::path::Path;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Database, Engine, Options, Server, repository};
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinSet;

const SERVERS: usize = 10;

/// The table of counts of an earlier release.
const METRICS: &str = "CREATE TABLE metrics (
        series TEXT NOT NULL, part INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, part)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO metrics VALUES ('auth_failures{reason=\"missing\"}', 0, 7.0)";

/// Versions of the schema in SQLite. Three of them have no file any more.
const SQLITE_VERSION: usize = 7;

#[rstest]
#[tokio::test]
async fn ten_servers_may_start_on_an_empty_database(#[values(Sqlite, Postgres)] engine: Engine) {
    let options = Options::on(engine);
    let mut starting = JoinSet::new();
    for _ in 0..SERVERS {
        starting.spawn(Server::start(options.clone()));
    }
    let servers = starting.join_all().await;
    let mut requests = JoinSet::new();
    for server in &servers {
        requests.spawn(server.anonymous().get("/readiness").send());
        for _ in 0..3 {
            requests.spawn(server.client().get("/tocos").send());
        }
    }
    let seeded = json!([
        {"user": "Cem", "tocos": 300},
        {"user": "John", "tocos": 100},
        {"user": "Sam", "tocos": 200},
    ]);
    for answer in requests.join_all().await {
        let body = answer.assert_json(200, "the first requests of all");
        assert!(body == seeded || body["status"] == "ready", "{body}");
    }
    assert_applied_once(&options.database()).await;

    servers[0].client().put("/tocos/John", json!({"tocos": 1})).send().await.assert_status(200, "one");
    for server in &servers {
        let john = server.client().get("/tocos/John").send().await.assert_json(200, "another");
        assert_eq!(john["tocos"], 1, "all see one database");
    }
}

#[tokio::test]
async fn migrations_can_run_ahead_of_a_role_that_may_not() {
    let options = Options::on(Postgres);
    let database = options.database();
    for _ in 0..2 {
        for migration in migrations("postgres") {
            database.execute(&migration).await.unwrap();
        }
    }
    let (role, password) = database.limited_role().await.unwrap();
    let server = Server::start(options.variable("pguser", &role).variable("pgpassword", &password)).await;
    server.anonymous().get("/readiness").send().await.assert_status(200, "ready");
    let client = server.client();
    for user in ["Sam", "John"] {
        client.put(&format!("/tocos/{user}"), json!({"tocos": 5})).send().await.assert_status(201, user);
    }
    let transfer = json!({"from": "Sam", "to": "John", "amount": 5});
    client.post("/transfers", transfer).send().await.assert_status(201, "a transfer");
    client.delete("/tocos/Sam").send().await.assert_status(204, "Sam");
    let users = client.get("/tocos").send().await.assert_json(200, "no demo data");
    assert_eq!(users, json!([{"user": "John", "tocos": 10}]));
}

#[tokio::test]
async fn a_database_of_a_later_version_is_taken_as_it_is() {
    let options = Options::on(Postgres);
    let server = Server::start(options.clone()).await;
    server.anonymous().get("/readiness").send().await.assert_status(200, "ready");
    let later = "INSERT INTO schema_migrations (version) VALUES (999); ALTER TABLE users ADD COLUMN colour TEXT";
    options.database().execute(later).await.unwrap();
    let server = server.kill_and_restart().await;
    server.anonymous().get("/readiness").send().await.assert_status(200, "still ready");
    let answer = server.client().put("/tocos/Nina", json!({"tocos": 1})).send().await;
    answer.assert_status(201, "expanded, not yet contracted");
}

/// The role before had its rights on the tables that there were, and still writes while the new release rolls out.
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
    // The third and the fourth.
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

async fn assert_applied_once(database: &Database) {
    let (count, expected) = match database {
        Database::Sqlite(_) => (database.number("PRAGMA user_version").await, SQLITE_VERSION),
        // Each has its row, and the demo data the row of version 0.
        Database::Postgres(_) => {
            let rows = database.number("SELECT count(*) FROM schema_migrations").await;
            (rows, migrations("postgres").len() + 1)
        }
    };
    assert_eq!(usize::try_from(count).unwrap(), expected);
}

/// The migrations of an engine, oldest first.
fn migrations(engine: &str) -> Vec<String> {
    let directory = repository::root().join("component/migrations").join(engine);
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut paths: Vec<_> = files.filter(|path| name(path).starts_with(|c: char| c.is_ascii_digit())).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}
