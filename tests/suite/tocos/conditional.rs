//! `ETag`, `If-Match` and `If-None-Match`: two editors don't overwrite each other.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Answer, Client, Engine, Options, Server};
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinSet;

const JOHN: &str = "/tocos/John";

#[rstest]
#[tokio::test]
async fn every_answer_with_the_entry_has_its_tag(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let posted = client.post("/tocos", json!({"user": "Nina", "tocos": 1})).send().await;
    assert_eq!(tag(&posted), current(&client, "/tocos/Nina").await);
    let mut seen = vec![tag(&posted)];
    for (tocos, status) in [(2, 200), (1, 200)] {
        let put = client.put("/tocos/Nina", json!({"tocos": tocos})).send().await;
        put.assert_status(status, "PUT");
        assert_eq!(tag(&put), current(&client, "/tocos/Nina").await);
        assert!(!seen.contains(&tag(&put)), "a new tag, even for an earlier value");
        seen.push(tag(&put));
    }
    let created = client.put("/tocos/Nils", json!({"tocos": 1})).send().await;
    created.assert_status(201, "PUT");
    assert_eq!(tag(&created), current(&client, "/tocos/Nils").await);
    assert_eq!(current(&client, JOHN).await, current(&client, JOHN).await, "reading changes nothing");
}

#[rstest]
#[tokio::test]
async fn what_the_client_has_is_not_sent_again(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let (john, sam) = (current(&client, JOHN).await, current(&client, "/tocos/Sam").await);
    let unmodified =
        [john.clone(), format!("W/{john}"), format!("\"x,y\", {john}"), format!("{sam},{john}"), "*".into()];
    for value in &unmodified {
        for method in ["GET", "HEAD"] {
            let answer = client.request(method, JOHN).header("If-None-Match", value).send().await;
            answer.assert_status(304, &format!("{method} {value}"));
            assert_eq!(answer.header("ETag"), Some(john.as_str()), "{value}");
            assert!(answer.body.is_empty(), "{value}");
        }
    }
    for value in [sam, "\"x\"".into(), john.replacen('"', "\"x", 1), "\"\"".into()] {
        let answer = client.get(JOHN).header("If-None-Match", &value).send().await;
        assert_eq!(answer.assert_json(200, &value), json!({"user": "John", "tocos": 100}));
    }
    let lines = client.get(JOHN).header("If-None-Match", "\"x\"").header("If-None-Match", &john);
    lines.send().await.assert_status(304, "on two lines");
    client.put(JOHN, json!({"tocos": 1})).send().await.assert_status(200, "a change");
    let answer = client.get(JOHN).header("If-None-Match", &john).send().await;
    assert_eq!(answer.assert_json(200, "changed"), json!({"user": "John", "tocos": 1}));
    let request = client.get("/tocos/Nobody").header("If-None-Match", "*");
    request.send().await.assert_problem(404, "user-not-found", "nothing to compare");
}

#[rstest]
#[tokio::test]
async fn if_match_writes_only_what_was_seen(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let seen = current(&client, JOHN).await;
    let put = |value: &str, tocos: u64| client.put(JOHN, json!({"tocos": tocos})).header("If-Match", value);
    let first = put(&seen, 1).send().await;
    assert_eq!(first.assert_json(200, "the first editor"), json!({"user": "John", "tocos": 1}));
    let refused = put(&seen, 2).send().await;
    refused.assert_problem(412, "precondition-failed", "the second editor");

    let now = tag(&first);
    for value in [format!("W/{now}"), "\"x\"".into(), format!("{seen}, \"x\""), now.replacen('"', "\"0", 1)] {
        put(&value, 3).send().await.assert_problem(412, "precondition-failed", &value);
    }
    assert_eq!(current(&client, JOHN).await, now, "nothing was written");
    let now = tag(&put(&format!("\"x\" , {seen},{now}"), 4).send().await);
    assert_eq!(tag(put("*", 5).send().await.assert_status(200, "any state")), current(&client, JOHN).await);
    put(&now, 6).send().await.assert_problem(412, "precondition-failed", "overwritten since");
    let john = client.get(JOHN).send().await.assert_json(200, "John");
    assert_eq!(john["tocos"], 5);
}

#[rstest]
#[tokio::test]
async fn if_match_creates_nobody(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for value in ["*".to_owned(), "\"x\"".to_owned(), current(&client, JOHN).await] {
        let request = client.put("/tocos/Nina", json!({"tocos": 1})).header("If-Match", &value);
        request.send().await.assert_problem(412, "precondition-failed", &value);
    }
    client.get("/tocos/Nina").send().await.assert_problem(404, "user-not-found", "not created");
}

#[rstest]
#[tokio::test]
async fn if_none_match_creates_and_overwrites_nobody(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let put = |path: &str| client.put(path, json!({"tocos": 7})).header("If-None-Match", "*");
    let created = put("/tocos/Nina").send().await;
    created.assert_status(201, "a new user");
    assert_eq!(created.header("Location"), Some("/tocos/Nina"));
    for path in [JOHN, "/tocos/Nina"] {
        put(path).send().await.assert_problem(412, "precondition-failed", path);
    }
    assert_eq!(current(&client, "/tocos/Nina").await, tag(&created));
    let john = client.get(JOHN).send().await.assert_json(200, "John");
    assert_eq!(john["tocos"], 100);
}

#[rstest]
#[tokio::test]
async fn if_none_match_keeps_a_state_from_being_written(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let seen = current(&client, JOHN).await;
    let put = |value: &str| client.put(JOHN, json!({"tocos": 7})).header("If-None-Match", value);
    for value in [seen.clone(), format!("W/{seen}"), format!("\"x\", {seen}")] {
        put(&value).send().await.assert_problem(412, "precondition-failed", &value);
        let both = put(&value).header("If-Match", "*").send().await;
        both.assert_problem(412, "precondition-failed", &format!("* and {value}"));
    }
    assert_eq!(current(&client, JOHN).await, seen, "nothing was written");
    let first = put("\"x\"").send().await;
    first.assert_status(200, "another state");
    put(&seen).header("If-Match", &tag(&first)).send().await.assert_status(200, "this state, not the other");
    client
        .put("/tocos/Nina", json!({"tocos": 1}))
        .header("If-None-Match", &seen)
        .send()
        .await
        .assert_status(201, "new");
}

#[rstest]
#[tokio::test]
async fn a_user_who_was_removed_and_added_is_another(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let mut seen = vec![current(&client, JOHN).await];
    for round in 0..3 {
        client.delete(JOHN).send().await.assert_status(204, "John");
        let request = client.put(JOHN, json!({"tocos": 100})).header("If-Match", &seen[round]);
        request.send().await.assert_problem(412, "precondition-failed", "while absent");
        client.post("/tocos", json!({"user": "John", "tocos": 100})).send().await.assert_status(201, "again");
        for old in &seen {
            let request = client.put(JOHN, json!({"tocos": 1})).header("If-Match", old);
            request.send().await.assert_problem(412, "precondition-failed", "an old tag");
            let answer = client.get(JOHN).header("If-None-Match", old).send().await;
            answer.assert_status(200, "an old tag");
        }
        seen.push(current(&client, JOHN).await);
    }
}

#[rstest]
#[tokio::test]
async fn a_transfer_is_a_change_of_both(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let paths = [JOHN, "/tocos/Sam", "/tocos/Cem"];
    let mut before = Vec::new();
    for path in paths {
        before.push(current(&client, path).await);
    }
    let transfer = |amount: u64| client.post("/transfers", json!({"from": "Sam", "to": "John", "amount": amount}));
    transfer(1_000).send().await.assert_status(409, "refused");
    for (path, tag) in paths.iter().zip(&before) {
        assert_eq!(&current(&client, path).await, tag, "{path}: a refusal changes nothing");
    }
    for case in ["a transfer", "its repetition"] {
        transfer(1).header("Idempotency-Key", "k").send().await.assert_status(201, case);
        for (path, tag) in paths.iter().zip(&before).take(2) {
            let put = client.put(path, json!({"tocos": 100})).header("If-Match", tag);
            put.send().await.assert_problem(412, "precondition-failed", path);
        }
    }
    let cem = client.put("/tocos/Cem", json!({"tocos": 1})).header("If-Match", &before[2]);
    cem.send().await.assert_status(200, "not part of the transfer");
}

#[rstest]
#[tokio::test]
async fn of_many_editors_at_once_one_wins(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for (header, path, success) in [("If-Match", JOHN, 200), ("If-None-Match", "/tocos/Nina", 201)] {
        let value = if header == "If-Match" { current(&client, path).await } else { "*".to_owned() };
        let mut running = JoinSet::new();
        for tocos in 0..16 {
            running.spawn(client.put(path, json!({"tocos": tocos})).header(header, &value).send());
        }
        let answers = running.join_all().await;
        let winners = answers.iter().filter(|answer| answer.status == success).count();
        assert_eq!(winners, 1, "{header}: {answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != success) {
            answer.assert_problem(412, "precondition-failed", header);
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_user_is_never_there_and_not_there(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let tag = current(&client, JOHN).await;
    for path in [JOHN, "/tocos/Nina"] {
        for value in ["*", &tag] {
            let put = client.put(path, json!({"tocos": 1})).header("If-None-Match", "*").header("If-Match", value);
            put.send().await.assert_problem(412, "precondition-failed", &format!("{path}: {value}"));
        }
    }
    client.get("/tocos/Nina").send().await.assert_status(404, "not added");
    let john = client.get(JOHN).send().await.assert_json(200, "unchanged");
    assert_eq!(john["tocos"], 100);
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_read_is_refused(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let tag = current(&client, JOHN).await;
    let malformed =
        ["", " ,", "x", tag.trim_matches('"'), "\"x", "x\"", "\"a\" \"b\"", "w/\"x\"", "*, \"x\"", "\"x\"y"];
    for method in ["GET", "PUT", "DELETE"] {
        for (header, value) in
            ["If-Match", "If-None-Match"].into_iter().flat_map(|header| malformed.map(|value| (header, value)))
        {
            let case = format!("{method} {header}: {value}");
            let request = client.request(method, JOHN).header(header, value);
            let request = if method == "PUT" { request.json(json!({"tocos": 1})) } else { request };
            let problem = request.send().await.assert_problem(400, "malformed-request", &case);
            assert_eq!(problem.fields, [header.to_lowercase()].into(), "{case}");
        }
    }
    let john = client.get(JOHN).send().await.assert_json(200, "unchanged");
    assert_eq!(john["tocos"], 100);
}

/// The strong entity tag of a response.
fn tag(answer: &Answer) -> String {
    let tag = answer.header("ETag").unwrap_or_else(|| panic!("no ETag in {answer:?}"));
    assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    tag.to_owned()
}

async fn current(client: &Client, path: &str) -> String {
    let answer = client.get(path).send().await;
    answer.assert_status(200, path);
    tag(&answer)
}
