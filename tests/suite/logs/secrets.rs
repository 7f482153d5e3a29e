//! Secrets in a request or a setting never appear in the output.

use std::fs;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Options, PostgresServer, Server, example};
use rstest::rstest;

/// A part of every secret below.
const PLANTED: &str = "PLANTED";

const API_KEY: &str = "key-PLANTED-1,key-PLANTED-2";

#[rstest]
#[tokio::test]
async fn no_request_leaves_a_secret(
    #[values(Sqlite, Postgres)] engine: Engine,
    #[values("json", "text")] format: &str,
) {
    let options = Options::on(engine).variable("api_key", API_KEY);
    let server = Server::start(options.variable("log_level", "debug").variable("log_format", format)).await;
    for client in [server.with_key("key-PLANTED-2"), server.with_key("wrong-PLANTED"), server.anonymous()] {
        ask_everything(&client).await;
    }
    let rename = format!("ALTER TABLE {} RENAME TO away", example::TABLE);
    server.options().database().execute(&rename).await.unwrap();
    let client = server.with_key("key-PLANTED-1");
    let path = format!("{}?PLANTED=PLANTED", example::LIST);
    client.get(&path).send().await.assert_status(500, "the database fails");
    let planted = example::NEW.replace("Nina", "PLANTED");
    client.request("POST", example::LIST).body("application/json", planted).send().await;
    let metrics = client.get("/metrics?PLANTED").send().await;
    assert!(!metrics.text().contains(PLANTED), "{}", metrics.text());

    client.get("/").header("X-Request-Id", "the-last").send().await;
    server.logs().wait_for("the last line", |line| line.contains("the-last")).await;
    assert_nothing_planted(&server);
}

#[tokio::test]
async fn no_failed_connection_leaves_a_password() {
    let postgres = PostgresServer::start_own();
    let options = Options::on_server(&postgres).variable("log_level", "debug").variable("api_key", API_KEY);
    let wrong_password = options.clone().variable("pgpassword", "password-PLANTED");
    let nobody_there = wrong_password.clone().variable("pgport", "1");
    let no_such_host = wrong_password.clone().variable("pghost", "no-such-host.invalid");
    let odd_password = options.clone().variable("pgpassword", "'pass word-PLANTED=\\' host=x");
    let required_tls = wrong_password.clone().variable("pgsslmode", "require");
    let no_certificate = required_tls.clone().variable("pg_ca_root", "PLANTED is no certificate");
    for options in [wrong_password, nobody_there, no_such_host, odd_password, required_tls, no_certificate] {
        let server = Server::start(options).await;
        let client = server.with_key("key-PLANTED-1");
        for path in [example::LIST, "/readiness", "/metrics"] {
            let answer = client.get(path).send().await;
            assert!(answer.status != 200 || path == "/metrics", "{path}: {answer:?}");
            assert!(!answer.text().contains(PLANTED), "{path}: {}", answer.text());
        }
        server.logs().wait_for("the failure", |line| line.contains("\"level\":\"error\"")).await;
        assert_nothing_planted(&server);
    }
}

#[tokio::test]
async fn no_setting_that_is_refused_is_shown() {
    let planted = ["auth", "database", "log_level", "log_format", "metrics", "seed_demo_data"];
    let options = planted.into_iter().fold(Options::api(), |options, name| options.variable(name, "PLANTED"));
    let server = Server::start(options.variable("api_key", API_KEY).variable("pgpassword", "PLANTED")).await;
    let answer = server.anonymous().get("/readiness").send().await;
    answer.assert_status(503, "misconfigured");
    assert!(!answer.text().contains(PLANTED), "{}", answer.text());
    for name in planted {
        server.logs().wait_for(name, |line| line.contains(&format!("\"variable\":\"{name}\""))).await;
    }
    assert_nothing_planted(&server);
}

/// Sends valid and invalid requests with secrets in every place that may have one. A path may not.
async fn ask_everything(client: &Client) {
    let secretive = |method: &str, path: &str| {
        let request = client.request(method, path).header("Authorization", "Bearer PLANTED");
        let request = request.header("Cookie", "session=PLANTED").header("Referer", "https://example.org/?PLANTED");
        request.header("User-Agent", "agent-PLANTED").header("tracestate", "vendor=PLANTED")
    };
    for path in [
        "/?PLANTED",
        "/health?PLANTED",
        "/readiness?PLANTED=1",
        "/hello_world?api_key=PLANTED",
        "/current_time?name=PLANTED",
        "/current_time?name=PLANTED&name=PLANTED",
        "/current_time?name=%FFPLANTED",
        &format!("{}?limit=PLANTED", example::LIST),
        &format!("{}?cursor=PLANTED", example::LIST),
        "/nowhere?PLANTED",
    ] {
        secretive("GET", path).send().await;
        secretive("GET", path).header("X-Request-Id", "id PLANTED").header("traceparent", "00-PLANTED").send().await;
    }
    for body in [
        &example::NEW.replace("Nina", "PLANTED\\u0000"),
        &example::NEW.replacen('{', r#"{"PLANTED":1,"#, 1),
        r#"{"PLANTED"#,
        r#"PLANTED"#,
        r#"["PLANTED"]"#,
    ] {
        secretive("POST", example::LIST).body("application/json", body.to_owned()).send().await;
        secretive("POST", example::LIST).body("text/PLANTED", body.to_owned()).send().await;
    }
    for key in ["idempotency-PLANTED", "idempotency PLANTED", ""] {
        secretive("POST", example::LIST).json(example::new()).header("Idempotency-Key", key).send().await;
    }
    secretive("DELETE", example::ONE).header("If-Match", "\"PLANTED\"").send().await;
    secretive("GET", example::ONE).header("If-None-Match", "PLANTED").send().await;
}

/// Checks the output, and the files that Spin keeps of it.
fn assert_nothing_planted(server: &Server) {
    let mut printed = server.logs().lines();
    let files = fs::read_dir(server.state_dir().path().join("logs")).into_iter().flatten();
    for file in files.map(Result::unwrap) {
        let text = fs::read_to_string(file.path()).unwrap();
        printed.extend(text.lines().map(str::to_owned));
    }
    assert!(printed.len() > 1, "{printed:?}");
    let found: Vec<_> = printed.iter().filter(|line| line.contains(PLANTED)).collect();
    assert!(found.is_empty(), "{found:#?}");
}
