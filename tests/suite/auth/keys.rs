//! Keys that are configured as a digest, with a name and scopes.

use std::process::Command;
use std::time::Duration;

use black_box::{Options, Server, example, record, repository};
use tokio::time::sleep;

/// Runs `hack/new-key`. Returns the key and the entry for `api_key`.
fn new_key(arguments: &[&str]) -> (String, String) {
    let output = Command::new(repository::root().join("hack/new-key")).args(arguments).output().expect("hack/new-key");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).expect(name).trim().to_owned();
    (line("key:"), line("entry:"))
}

#[tokio::test]
async fn a_made_key_opens_by_its_digest_under_its_name() {
    let (key, entry) = new_key(&["ci"]);
    assert!(key.starts_with("mini_") && key.len() == 5 + 64, "32 bytes after a prefix");
    assert!(!entry.contains(&key[5..]), "the entry has the key");
    let server = Server::start(Options::api().variable("api_key", &entry).environment("production")).await;
    server.with_key(&key).get(example::LIST).send().await.assert_status(200, "the key");
    let created = server.with_key(&key).post(example::LIST, example::new()).send().await;
    created.assert_status(201, "a key without scopes may do everything");
    for wrong in [entry.as_str(), entry.split_once(':').unwrap().1, &key.to_uppercase()] {
        server.with_key(wrong).get(example::LIST).send().await.assert_problem(
            401,
            "unauthorized",
            "the entry is no key",
        );
    }
    let logs = server.logs();
    let digest = entry.split_once(':').unwrap().1;
    let names_the_key =
        |line: &str| record(line).is_some_and(|line| line["key"] == "ci" && line["key_fingerprint"] == digest[..16]);
    logs.wait_for("the key's name and fingerprint", names_the_key).await;
    assert!(!logs.text().contains(&key));
    wait_until_counted(&server, r#"authenticated_requests_total{credential="api_key",key="ci"} 2"#).await;
}

/// Waits for a sample in the metrics: another instance may flush its counts 0.4 s after its response.
async fn wait_until_counted(server: &Server, sample: &str) {
    let mut text = String::new();
    for _ in 0..50 {
        text = server.anonymous().get("/metrics").send().await.text().to_owned();
        if text.contains(sample) {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{sample} is missing in {text}");
}

#[tokio::test]
async fn a_scope_is_needed_for_what_it_is_for() {
    let (reader, reads) = new_key(&["reader", example::READ]);
    let (writer, writes) = new_key(&["writer", example::WRITE]);
    let (both, all) = new_key(&["both", &format!("{}+{}", example::READ, example::WRITE)]);
    let server = Server::start(Options::api().variable("api_key", &[reads, writes, all].join(","))).await;
    for (key, may_read, may_write) in [(&reader, true, false), (&writer, false, true), (&both, true, true)] {
        let client = server.with_key(key);
        client.get("/hello_world").send().await.assert_status(200, "no scope is needed");
        for (method, path, is_allowed, scope) in [
            ("GET", example::LIST, may_read, example::READ),
            ("GET", example::ONE, may_read, example::READ),
            ("HEAD", example::ONE, may_read, example::READ),
            ("POST", example::LIST, may_write, example::WRITE),
            ("DELETE", example::NONE, may_write, example::WRITE),
        ] {
            let mut request = client.request(method, path);
            if method == "POST" {
                request = request.json(example::new());
            }
            let (answer, case) = (request.send().await, format!("{method} {path}"));
            if is_allowed {
                assert!(matches!(answer.status, 200 | 201 | 404), "{case}: {}", answer.status);
                continue;
            }
            answer.assert_status(403, &case);
            let expected = format!(r#"ApiKey realm="mini-api", error="insufficient_scope", scope="{scope}""#);
            assert_eq!(answer.header("WWW-Authenticate"), Some(expected.as_str()), "{case}");
            if method != "HEAD" {
                let problem = answer.assert_problem(403, "insufficient-scope", &case);
                assert!(problem.detail.contains(scope), "{case}: {}", problem.detail);
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_can_be_guessed_is_for_development_alone() {
    let short = Options::api().variable("api_key", "fifteen-letters");
    let server = Server::start(short.clone()).await;
    server.with_key("fifteen-letters").get(example::LIST).send().await.assert_status(200, "development");
    let server = Server::start(short.environment("production")).await;
    let answer = server.with_key("fifteen-letters").get(example::LIST).send().await;
    let problem = answer.assert_problem(503, "misconfigured", "production");
    assert!(problem.fields.contains("api_key"));
    let said = server.logs().text() + answer.text();
    assert!(!said.contains("fifteen-letters"), "{said}");
}

#[tokio::test]
async fn a_key_with_a_space_is_another_key() {
    let (key, entry) = new_key(&["ci"]);
    let server = Server::start(Options::api().variable("api_key", &entry)).await;
    // White space around a header's value is not part of it (RFC 9110 section 5.5). White space inside is.
    for wrong in [key.replacen('_', "_ ", 1), key.replacen('_', " ", 1), format!("{key}%20"), format!("{key}\u{a0}")] {
        let request = server.anonymous().get("/hello_world").header_bytes("X-API-KEY", wrong.as_bytes());
        request.send().await.assert_problem(401, "unauthorized", &wrong);
    }
    let request = server.anonymous().get("/hello_world").header("X-API-KEY", &format!("{key} "));
    request.send().await.assert_status(200, "a space after the value");
}
