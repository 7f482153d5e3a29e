//! Invalid variables. The tests of each feature check its defaults.

use std::collections::BTreeSet;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{API_KEY, Engine, Options, Server, example, record};
use rstest::rstest;
use serde_json::Value;
use sha2::{Digest, Sha256};

const PASSWORD: &str = "password-9d1f6c20";

#[tokio::test]
async fn every_bad_variable_is_named_everywhere() {
    let twice = format!("{API_KEY},{API_KEY}");
    let [one, other] = ["one", "other"].map(|key| format!("{:x}", Sha256::digest(key)));
    let scopes = format!("ci:{one}:{},ci:{other}:{}", example::READ, example::WRITE);
    let cases: [&[(&str, &str)]; 12] = [
        &[("api_key", &twice)],
        &[("api_key", &scopes)],
        &[("auth", "banana")],
        &[("auth", "")],
        &[("auth", "None")],
        &[("seed_demo_data", "perhaps")],
        &[("auth", "banana"), ("seed_demo_data", "perhaps")],
        &[("database", "mysql")],
        &[("database", "")],
        &[("database", "Postgres")],
        &[("auth", "banana"), ("pgsslmode", "verify-full"), ("pguser", ""), ("pgdatabase", ""), ("pgport", "0")],
        // These variables are also part of `allowed_outbound_hosts`.
        &[("redis_address", "no-address"), ("pguser", ""), ("pgport", "no-port"), ("pghost", "no host")],
    ];
    for variables in cases {
        let case = format!("{variables:?}");
        // The API checks PostgreSQL's variables only if it uses PostgreSQL.
        let engine = if case.contains("pguser") { "postgres" } else { "sqlite" };
        let options = Options::api().variable("database", engine).variable("pgpassword", PASSWORD);
        let options = variables.iter().fold(options, |options, (name, value)| options.variable(name, value));
        let server = Server::start(options).await;
        let names: BTreeSet<String> = variables.iter().map(|(name, _)| (*name).to_owned()).collect();

        for path in ["/health", "/healthcheck"] {
            server.anonymous().get(path).send().await.assert_status(200, &case);
        }
        for path in ["/", "/hello_world", example::LIST, example::ONE, "/nope"] {
            let answer = server.client().get(path).send().await;
            let problem = answer.assert_problem(503, "misconfigured", &format!("{case} {path}"));
            assert_eq!(problem.fields, names, "{case} {path}");
            let request_id = answer.header("X-Request-Id").unwrap();
            let is_cause = |line: &str| line.contains("\"level\":\"error\"") && line.contains(request_id);
            server.logs().wait_for("the cause", is_cause).await;
        }

        let answer = server.anonymous().get("/readiness").send().await;
        let body = answer.assert_json(503, &case);
        assert_eq!(body["status"], "not ready", "{case}");
        for name in names {
            let check = body["checks"]["configuration"].as_str().unwrap_or_default();
            assert!(check.contains(&name), "{case}: {name} in {body}");
            server.logs().wait_for(&name, |line| line.contains(&name)).await;
        }
        for secret in [API_KEY, PASSWORD] {
            assert!(!server.logs().text().contains(secret), "{case}: a secret in the log");
            assert!(!body.to_string().contains(secret), "{case}: a secret in {body}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn demo_data_goes_in_where_it_is_wanted_by_default_in_development(#[values(Sqlite, Postgres)] engine: Engine) {
    let all = example::DEMO_ENTRIES;
    for (environment, value, count) in [
        ("development", None, all),
        ("development", Some("false"), 0),
        ("production", None, 0),
        ("production", Some("true"), all),
    ] {
        let options = Options::on(engine).environment(environment).without_variable("seed_demo_data");
        let options = value.map_or(options.clone(), |value| options.variable("seed_demo_data", value));
        let server = Server::start(options).await;
        let entries = server.client().get(example::LIST).send().await.assert_json(200, "the list");
        assert_eq!(entries.as_array().map(Vec::len), Some(count), "{environment} {value:?}: {entries}");
    }
}

/// Simulates a pod that has lost all settings but the name of its environment.
#[tokio::test]
async fn no_data_is_read_from_a_file_that_production_may_lose() {
    let server = Server::start(Options::api().variable("app_env", "production").variable("database", "sqlite")).await;
    let answer = server.client().get(example::LIST).send().await;
    assert!(answer.assert_problem(503, "misconfigured", "sqlite").fields.contains("database"));
    assert!(!server.state_dir().database().exists(), "a file was made");
}

#[tokio::test]
async fn what_is_logged_is_json_with_a_level() {
    let server = Server::start(Options::api().variable("auth", "banana")).await;
    server.anonymous().get("/hello_world").send().await.assert_status(503, "misconfigured");
    server.logs().wait_for("a record", |line| record(line).is_some()).await;
    let records = server.logs().records();
    for record in records {
        let level = record["level"].as_str().unwrap_or_default();
        assert!(["debug", "info", "warn", "error"].contains(&level), "{record}");
        assert!(!Value::is_null(&record["message"]), "{record}");
    }
}
