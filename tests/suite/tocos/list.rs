//! `GET /tocos`

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Options, Server};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[tokio::test]
async fn lists_the_seed_data_by_user(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let answer = server.client().get("/tocos").send().await;
    let expected = json!([
        {"user": "Cem", "tocos": 300},
        {"user": "John", "tocos": 100},
        {"user": "Sam", "tocos": 200},
    ]);
    assert_eq!(answer.assert_json(200, "the seed data"), expected);
    assert_eq!(answer.next_page(), None);
}

#[rstest]
#[tokio::test]
async fn an_empty_list_is_an_empty_array(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = empty(engine).await;
    let answer = server.client().get("/tocos").send().await;
    assert_eq!(answer.assert_json(200, "no users"), json!([]));
    assert_eq!(answer.next_page(), None);
}

#[rstest]
#[tokio::test]
async fn orders_users_by_bytes(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = empty(engine).await;
    let client = server.client();
    let ordered = ["-", ".x", "0", "10", "9", "A", "B", "Ba", "_", "a", "ab", "b"];
    for user in ["b", "B", "10", "_", "9", "a", "-", "A", "ab", "0", ".x", "Ba"] {
        client.post("/tocos", json!({"user": user, "tocos": 1})).send().await.assert_status(201, user);
    }
    assert_eq!(users(&client.get("/tocos").send().await.json()), ordered);
    for limit in [1, 5] {
        let pages = pages(&client, &format!("/tocos?limit={limit}")).await;
        assert!(pages.iter().all(|page| page.len() <= limit), "{pages:?}");
        assert_eq!(pages.concat(), ordered, "in pages of {limit}");
    }
}

#[rstest]
#[tokio::test]
async fn gives_a_hundred_at_a_time_by_default(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = empty(engine).await;
    let client = server.client();
    for number in 0..250 {
        let body = json!({"user": format!("user-{number:03}"), "tocos": number});
        client.post("/tocos", body).send().await.assert_status(201, "a user");
    }
    let sizes = |pages: &[Vec<String>]| pages.iter().map(Vec::len).collect::<Vec<_>>();
    let default = pages(&client, "/tocos").await;
    assert_eq!(sizes(&default), [100, 100, 50]);
    assert_eq!(sizes(&pages(&client, "/tocos?limit=125").await), [125, 125], "no empty last page");
    assert_eq!(sizes(&pages(&client, "/tocos?limit=250").await), [250]);
    assert_eq!(sizes(&pages(&client, "/tocos?limit=1000").await), [250]);
    let expected: Vec<_> = (0..250).map(|number| format!("user-{number:03}")).collect();
    assert_eq!(default.concat(), expected);
}

#[rstest]
#[tokio::test]
async fn the_next_page_is_a_relative_reference_with_the_limit(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let answer = server.client().get("/tocos?limit=2").send().await;
    assert_eq!(users(&answer.json()), ["Cem", "John"]);
    let next = answer.next_page().expect("a next page");
    assert!(next.starts_with("/tocos?limit=2&cursor="), "{next}");
    let answer = server.client().get(&next).send().await;
    assert_eq!(users(&answer.json()), ["Sam"]);
    assert_eq!(answer.next_page(), None);
}

#[rstest]
#[tokio::test]
async fn a_cursor_outlives_changes(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let next = client.get("/tocos?limit=2").send().await.next_page().expect("a next page");
    client.delete("/tocos/John").send().await.assert_status(204, "the last of the page");
    for user in ["Bob", "Lea"] {
        client.put(&format!("/tocos/{user}"), json!({"tocos": 1})).send().await.assert_status(201, user);
    }
    assert_eq!(users(&client.get(&next).send().await.json()), ["Lea", "Sam"]);
}

#[rstest]
#[tokio::test]
async fn refuses_a_limit_out_of_bounds(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    for limit in ["0", "1001", "4294967297", "99999999999999999999"] {
        let path = format!("/tocos?limit={limit}");
        let answer = server.client().get(&path).send().await;
        let problem = answer.assert_problem(422, "invalid-value", &path);
        assert_eq!(problem.fields, ["limit".to_owned()].into(), "{path}");
        assert!(problem.detail.contains("limit"), "{path}: {}", problem.detail);
    }
    for limit in ["abc", "", "-1", "1.5", "1%20", "0x10"] {
        let path = format!("/tocos?limit={limit}");
        let answer = server.client().get(&path).send().await;
        assert!([400, 422].contains(&answer.status), "{path}: {answer:?}");
        let slug = if answer.status == 400 { "malformed-request" } else { "invalid-value" };
        let problem = answer.assert_problem(answer.status, slug, &path);
        assert!(problem.detail.contains("limit"), "{path}: {}", problem.detail);
    }
    for limit in ["1", "1000"] {
        let path = format!("/tocos?limit={limit}");
        server.client().get(&path).send().await.assert_status(200, &path);
    }
}

#[rstest]
#[tokio::test]
async fn refuses_a_cursor_that_it_did_not_give(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    for cursor in ["x", "%FF", "John%20", "AAAA", "....", "%00", "eyJ1c2VyIjoiJyBPUiAxPTEifQ"] {
        let path = format!("/tocos?cursor={cursor}");
        let answer = server.client().get(&path).send().await;
        let problem = answer.assert_problem(400, "malformed-request", &path);
        assert!(problem.detail.contains("cursor") || cursor == "%FF", "{path}: {}", problem.detail);
    }
}

#[rstest]
#[tokio::test]
async fn ignores_parameters_that_it_does_not_know(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let answer = server.client().get("/tocos?order=desc&limit=1&x").send().await;
    assert_eq!(users(&answer.assert_json(200, "unknown parameters")), ["Cem"]);
}

async fn empty(engine: Engine) -> Server {
    Server::start(Options::on(engine).variable("seed_demo_data", "false")).await
}

/// The users of every page, following `Link`.
async fn pages(client: &Client, first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let answer = client.get(&path).send().await;
        pages.push(users(&answer.assert_json(200, &path)));
        next = answer.next_page();
        assert!(pages.len() <= 1000, "pages without an end");
    }
    pages
}

fn users(list: &Value) -> Vec<String> {
    let entries = list.as_array().expect("an array");
    entries.iter().map(|entry| entry["user"].as_str().expect("a user").to_owned()).collect()
}
