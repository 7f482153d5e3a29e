//! Migrations of an empty database: by several servers at once, or before the first server.

mod totals;

use std::fs;
use std::path::{Path, PathBuf};

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Database, Engine, Options, Server, example, repository};
use rstest::rstest;
use tokio::task::JoinSet;

const SERVERS: usize = 10;

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
            requests.spawn(server.client().get(example::LIST).send());
        }
    }
    for answer in requests.join_all().await {
        let body = answer.assert_json(200, "the first requests of all");
        let entries = body.as_array().map(Vec::len);
        assert!(entries == Some(example::DEMO_ENTRIES) || body["status"] == "ready", "{body}");
    }
    assert_applied_once(&options.database()).await;

    let created = servers[0].client().post(example::LIST, example::new()).send().await;
    let (path, entry) = (created.header("Location").expect("a location"), created.assert_json(201, "one"));
    for server in &servers {
        let seen = server.client().get(path).send().await.assert_json(200, "another");
        assert_eq!(seen, entry, "all see one database");
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
    let created = client.post(example::LIST, example::new()).send().await;
    let entry = created.assert_json(201, "a write");
    let entries = client.get(example::LIST).send().await.assert_json(200, "no demo data");
    assert_eq!(entries, serde_json::json!([entry]));
    let path = created.header("Location").expect("a location");
    client.delete(path).send().await.assert_status(204, "a deletion");
}

#[tokio::test]
async fn a_database_of_a_later_version_is_taken_as_it_is() {
    let options = Options::on(Postgres);
    let server = Server::start(options.clone()).await;
    server.anonymous().get("/readiness").send().await.assert_status(200, "ready");
    let later = "INSERT INTO schema_migrations (version) VALUES (999)";
    let later = format!("{later}; ALTER TABLE {} ADD COLUMN colour TEXT", example::TABLE);
    options.database().execute(&later).await.unwrap();
    let server = server.kill_and_restart().await;
    server.anonymous().get("/readiness").send().await.assert_status(200, "still ready");
    let answer = server.client().post(example::LIST, example::new()).send().await;
    answer.assert_status(201, "expanded, not yet contracted");
}

async fn assert_applied_once(database: &Database) {
    let (count, expected) = match database {
        Database::Sqlite(_) => (database.number("PRAGMA user_version").await, newest("sqlite")),
        // Each migration has a row, and the demo data has the row of version 0.
        Database::Postgres(_) => {
            let rows = database.number("SELECT count(*) FROM schema_migrations").await;
            (rows, newest("postgres") + 1)
        }
    };
    assert_eq!(usize::try_from(count).unwrap(), expected);
}

/// The migrations of an engine, oldest first.
fn migrations(engine: &str) -> Vec<String> {
    files(engine).iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The number of the last migration. Files of earlier migrations may have been removed.
fn newest(engine: &str) -> usize {
    let files = files(engine);
    let name = files.last().unwrap().file_name().unwrap().to_string_lossy();
    name.split('_').next().unwrap().parse().unwrap()
}

fn files(engine: &str) -> Vec<PathBuf> {
    let directory = repository::root().join("component/migrations").join(engine);
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut paths: Vec<_> = files.filter(|path| name(path).starts_with(|c: char| c.is_ascii_digit())).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}
