//! `hack/check/smoke` against a running server.

mod report;
mod secret;

use std::collections::BTreeSet;
use std::net::TcpListener;

use black_box::description::Operation;
use black_box::{API_KEY, Client, Engine, Nginx, Options, Server, description, example, internal};
use report::{Line, Report, smoke};
use rstest::rstest;
use serde_json::Value;

const USAGE: i32 = 2;

#[rstest]
#[tokio::test]
async fn a_good_copy_passes(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let before = entries(&server.client()).await;
    let report = Report::of(&server, API_KEY, &["--write"]);
    report.assert_failed(|_| false);
    assert_eq!(entries(&server.client()).await, before, "the script removes the entries that it adds");
    assert_covers_what_every_api_has(&report);
}

/// Panics unless the script calls every open operation, and a protected one with and without the key.
fn assert_covers_what_every_api_has(report: &Report) {
    let open = description::operations().into_iter().filter(|operation| !operation.is_protected);
    let mut missing = BTreeSet::new();
    for Operation { method, template, .. } in open {
        let mut fitting = report.lines.iter().filter(|line| line.method == method && fits(&line.path, &template));
        if !fitting.any(|line| !line.with_key && line.expected.starts_with('2')) {
            missing.insert(format!("{method} {template}"));
        }
    }
    for (with_key, status) in [(false, "401"), (true, "200")] {
        let is_expected = |line: &Line| line.with_key == with_key && line.expected.starts_with(status);
        assert!(report.lines.iter().any(is_expected), "{status}");
    }
    assert!(missing.is_empty(), "not called, or not with success: {missing:?}");
}

fn fits(path: &str, template: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let (path, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
    let is_same = |(given, expected): (&&str, &&str)| given == expected || expected.starts_with('{');
    path.len() == template.len() && path.iter().zip(&template).all(is_same)
}

#[tokio::test]
async fn nothing_is_changed_unless_asked_for() {
    // Without authentication, only the script itself can prevent a write.
    let server = Server::start(Options::api().variable("auth", "none")).await;
    let before = entries(&server.client()).await;
    let report = Report::of(&server, API_KEY, &[]);
    report.assert_failed(|line| line.expected.starts_with("401"));
    assert_eq!(entries(&server.client()).await, before);
}

async fn entries(client: &Client) -> Value {
    client.get(example::LIST).send().await.assert_json(200, "entries")
}

#[tokio::test]
async fn a_wrong_key_fails_where_a_key_is_given() {
    let server = Server::start(Options::api()).await;
    Report::of(&server, "wrong", &[]).assert_failed(|line| line.with_key);
}

#[tokio::test]
async fn what_is_switched_off_fails_unless_it_is_known() {
    let server = Server::start(Options::api().variable("docs_enabled", "false").variable("metrics", "off")).await;
    let is_docs = |line: &Line| ["/docs", "/redoc", "/openapi"].iter().any(|start| line.path.starts_with(start));
    let is_metrics = |line: &Line| line.path == "/metrics";
    let smoke = |arguments: &[&str]| Report::of(&server, API_KEY, arguments);
    smoke(&[]).assert_failed(|line| is_docs(line) || is_metrics(line));
    smoke(&["--without", "docs"]).assert_failed(is_metrics);
    smoke(&["--without", "metrics"]).assert_failed(is_docs);
    smoke(&["--without", "docs", "--without", "metrics"]).assert_failed(|_| false);
    let on = Server::start(Options::api()).await;
    Report::of(&on, API_KEY, &["--without", "docs"]).assert_failed(is_docs);
}

#[tokio::test]
async fn a_copy_behind_a_proxy_passes_if_the_proxy_hides_what_is_internal() {
    let server = Server::start(Options::api()).await;
    let nginx = Nginx::start(&[server.address()]).await;
    let url = format!("http://{}", nginx.address());
    let smoke = |arguments: &[&str]| Report::parse(smoke(API_KEY).args(arguments).arg(&url));
    smoke(&[]).assert_failed(|line| internal::PATHS.contains(&line.path.as_str()));
    smoke(&["--behind-proxy", "--wait", "20"]).assert_failed(|_| false);
    Report::of(&server, API_KEY, &["--behind-proxy"])
        .assert_failed(|line| internal::PATHS.contains(&line.path.as_str()));
}

#[test]
fn nobody_there_fails_everywhere() {
    let address = free_address();
    let report = Report::parse(smoke(API_KEY).args(["--write", &address]));
    report.assert_failed(|_| true);
    assert!(report.lines.iter().all(|line| line.got == "none"), "{}", report.text);
}

#[tokio::test]
async fn it_waits_for_a_copy_that_is_not_ready() {
    let address = free_address();
    let mut command = smoke(API_KEY);
    command.args(["--wait", "60", &address]);
    let waiting = std::thread::spawn(move || Report::parse(&mut command));
    let listen = address.strip_prefix("http://").unwrap().parse().unwrap();
    // Long enough for a request of the script to fail.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let _server = Server::start(Options::api().listen(listen)).await;
    waiting.join().unwrap().assert_failed(|_| false);
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn what_is_not_asked_right_is_said() {
    let url = "http://127.0.0.1:1";
    for arguments in [
        &[][..],
        &["127.0.0.1:1"],
        &[url, url],
        &["--read", url],
        &["--wait", url],
        &["--without", "users", url],
        &["--without", "internal", url],
        &["--wait"],
    ] {
        let output = smoke(API_KEY).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(USAGE), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
    for key in ["two words", "line\nbreak", "é\u{7f}"] {
        let output = smoke(key).arg(url).output().unwrap();
        assert_eq!(output.status.code(), Some(USAGE), "{key:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains(key), "{output:?}");
    }
}
