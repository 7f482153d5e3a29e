//! `DELETE /tocos/{user}`

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Options, Server};
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinSet;

const JOHN: &str = "/tocos/John";

#[rstest]
#[tokio::test]
async fn removes_a_user_once(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    client.delete("/tocos/J%6Fhn").send().await.assert_status(204, "John");
    for answer in [
        client.delete("/tocos/John").send().await,
        client.get("/tocos/John").send().await,
        client.delete("/tocos/Nobody").send().await,
    ] {
        answer.assert_problem(404, "user-not-found", "absent");
    }
    let users = client.get("/tocos").send().await.assert_json(200, "the others");
    assert_eq!(users, json!([{"user": "Cem", "tocos": 300}, {"user": "Sam", "tocos": 200}]));
}

#[rstest]
#[tokio::test]
async fn frees_the_name(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    client.delete("/tocos/John").send().await.assert_status(204, "John");
    let john = json!({"user": "John", "tocos": 7});
    client.post("/tocos", john.clone()).send().await.assert_status(201, "a new John");
    assert_eq!(client.get("/tocos/John").send().await.assert_json(200, "John"), john);
}

#[rstest]
#[tokio::test]
async fn delete_with_a_stale_etag_is_412(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let seen = tag(&client).await;
    client.put(JOHN, json!({"tocos": 1})).send().await.assert_status(200, "a change");
    let current = tag(&client).await;
    for (name, value) in [
        ("If-Match", seen.as_str()),
        ("If-Match", "\"x\""),
        ("If-Match", &format!("W/{current}")),
        ("If-None-Match", "*"),
        ("If-None-Match", &current),
        ("If-None-Match", &format!("\"x\", W/{current}")),
    ] {
        let answer = client.delete(JOHN).header(name, value).send().await;
        answer.assert_problem(412, "precondition-failed", &format!("{name}: {value}"));
    }
    let both = client.delete(JOHN).header("If-Match", &current).header("If-None-Match", &current);
    both.send().await.assert_problem(412, "precondition-failed", "contradictory conditions");
    assert_eq!(tag(&client).await, current, "unchanged");
}

#[rstest]
#[tokio::test]
async fn delete_goes_ahead_if_its_conditions_hold(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for (name, has_tag) in [("If-Match", true), ("If-Match", false), ("If-None-Match", true)] {
        client.put(JOHN, json!({"tocos": 1})).send().await;
        let current = tag(&client).await;
        let value = match (name, has_tag) {
            ("If-Match", true) => format!("\"x\", {current}"),
            ("If-Match", false) => "*".to_owned(),
            _ => "\"x\"".to_owned(),
        };
        let case = format!("{name}: {value}");
        client.delete(JOHN).header(name, &value).send().await.assert_status(204, &case);
        client.get(JOHN).send().await.assert_problem(404, "user-not-found", &case);
    }
}

#[rstest]
#[tokio::test]
async fn delete_of_nobody_is_412_if_somebody_must_be_there(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for (name, value, status, slug) in [
        ("If-Match", "*", 412, "precondition-failed"),
        ("If-Match", "\"x\"", 412, "precondition-failed"),
        ("If-None-Match", "*", 404, "user-not-found"),
        ("If-None-Match", "\"x\"", 404, "user-not-found"),
    ] {
        let answer = client.delete("/tocos/Nobody").header(name, value).send().await;
        answer.assert_problem(status, slug, &format!("{name}: {value}"));
    }
}

#[rstest]
#[tokio::test]
async fn of_many_deletions_of_one_state_one_wins(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let seen = tag(&client).await;
    let mut running = JoinSet::new();
    for tocos in 0..8 {
        running.spawn(client.delete(JOHN).header("If-Match", &seen).send());
        running.spawn(client.put(JOHN, json!({"tocos": tocos})).header("If-Match", &seen).send());
    }
    let answers = running.join_all().await;
    let winners = answers.iter().filter(|answer| answer.status < 300).count();
    assert_eq!(winners, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status >= 300) {
        answer.assert_problem(412, "precondition-failed", "a loser");
    }
}

async fn tag(client: &Client) -> String {
    client.get(JOHN).send().await.header("ETag").expect("a tag").to_owned()
}
