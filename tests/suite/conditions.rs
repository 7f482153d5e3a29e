//! `If-Match` and `If-None-Match` (RFC 9110 section 13) for every resource. `tocos::conditional` tests them for
//! users, whose entity tags also guard writes.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server, description};
use rstest::rstest;
use serde_json::{Value, json};

/// Path of every resource of a fresh server, either with or without an entity tag.
fn readable(has_tag: bool) -> Vec<String> {
    let is_there = |path: &str| !path.starts_with("/docs/assets") && !path.starts_with("/transfers/");
    let operations = description::operations().into_iter();
    let reads = operations.filter(|operation| operation.method == "GET" && operation.has_tag == has_tag);
    let targets: Vec<_> = reads.map(|operation| operation.target).filter(|target| is_there(target)).collect();
    assert!(targets.len() > 4, "{targets:?}");
    targets
}

#[tokio::test]
async fn every_resource_evaluates_the_conditions_of_a_read() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    let transfer = client.post("/transfers", transfer()).send().await;
    let transfer = transfer.header("Location").expect("a location").to_owned();
    for path in readable(false).into_iter().chain(readable(true)).chain([transfer]) {
        let path = path.as_str();
        for (name, value, status) in [
            ("If-Match", "*", 200),
            ("If-Match", "\"x\"", 412),
            ("If-Match", "W/\"x\", \"y\"", 412),
            ("If-None-Match", "*", 304),
            ("If-None-Match", "\"x\"", 200),
            ("If-Match", "", 400),
            ("If-None-Match", "", 400),
            ("If-None-Match", ",", 400),
            ("If-None-Match", "x", 400),
        ] {
            for method in ["GET", "HEAD"] {
                let case = format!("{method} {path}, {name}: {value}");
                let answer = client.request(method, path).header(name, value).send().await;
                answer.assert_status(status, &case);
                assert_eq!(answer.body.is_empty(), method == "HEAD" || status == 304, "{case}");
                if method == "GET" && status == 412 {
                    answer.assert_problem(412, "precondition-failed", &case);
                }
                if method == "GET" && status == 400 {
                    let problem = answer.assert_problem(400, "malformed-request", &case);
                    assert_eq!(problem.fields, [name.to_lowercase()].into(), "{case}");
                }
            }
        }
        let failed_first = client.get(path).header("If-Match", "\"x\"").header("If-None-Match", "*");
        failed_first.send().await.assert_status(412, path);
    }
}

#[tokio::test]
async fn a_weak_tag_never_matches() {
    let server = Server::start(Options::api()).await;
    for path in ["/docs", "/redoc", "/openapi.json", "/openapi.yaml"] {
        let tag = server.anonymous().get(path).send().await.header("ETag").expect("a tag").to_owned();
        assert!(tag.starts_with("W/"), "{tag}");
        let if_match = server.anonymous().get(path).header("If-Match", &tag);
        if_match.send().await.assert_problem(412, "precondition-failed", path);
    }
}

#[tokio::test]
async fn failures_come_before_conditions() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    for (name, value) in [("If-Match", "\"x\""), ("If-Match", ""), ("If-None-Match", "*"), ("If-None-Match", "x")] {
        for (path, status) in [("/nope", 404), ("/tocos/Nobody", 404), ("/tocos/a%20b", 422), ("/tocos?limit=0", 422)] {
            let answer = client.get(path).header(name, value).send().await;
            answer.assert_status(status, &format!("{path}, {name}: {value}"));
        }
        server.anonymous().get("/tocos").header(name, value).send().await.assert_status(401, value);
        client.request("PATCH", "/tocos").header(name, value).send().await.assert_status(405, value);
    }
}

#[rstest]
#[tokio::test]
async fn a_post_to_a_list_writes_only_if_its_conditions_hold(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let user = |name: &str| json!({"user": name, "tocos": 1});
    for (path, body) in [("/tocos", user("Nina")), ("/transfers", transfer())] {
        // A list always exists, and has no entity tag.
        for (name, value, status, slug) in [
            ("If-Match", "\"x\"", 412, "precondition-failed"),
            ("If-None-Match", "*", 412, "precondition-failed"),
            ("If-Match", "", 400, "malformed-request"),
            ("If-None-Match", "x", 400, "malformed-request"),
        ] {
            let answer = client.post(path, body.clone()).header(name, value).send().await;
            answer.assert_problem(status, slug, &format!("{path}, {name}: {value}"));
        }
    }
    let users = client.get("/tocos").send().await.assert_json(200, "users");
    let names: Vec<_> = users.as_array().unwrap().iter().map(|entry| entry["user"].clone()).collect();
    assert_eq!(names, ["Cem", "John", "Sam"]);
    assert_eq!(client.get("/transfers").send().await.assert_json(200, "transfers"), json!([]));

    for (name, value) in [("If-Match", "*"), ("If-None-Match", "\"x\"")] {
        let answer = client.post("/tocos", user(name)).header(name, value).send().await;
        answer.assert_status(201, name);
        client.post("/transfers", transfer()).header(name, value).send().await.assert_status(201, name);
    }
}

fn transfer() -> Value {
    json!({"from": "Sam", "to": "John", "amount": 1})
}
