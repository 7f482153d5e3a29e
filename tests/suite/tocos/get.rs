//! `GET /tocos/{user}`

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test]
async fn answers_with_the_entry(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    for (user, tocos) in [("John", 100), ("Sam", 200), ("Cem", 300)] {
        let answer = server.client().get(&format!("/tocos/{user}")).send().await;
        assert_eq!(answer.assert_json(200, user), json!({"user": user, "tocos": tocos}));
    }
}

#[rstest]
#[tokio::test]
async fn decodes_the_path(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let answer = server.client().get("/tocos/J%6Fhn?x=1").send().await;
    assert_eq!(answer.assert_json(200, "J%6Fhn"), json!({"user": "John", "tocos": 100}));
}

#[rstest]
#[tokio::test]
async fn does_not_know_everybody(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let longest = "n".repeat(64);
    for user in ["Nobody", "john", "JOHN", "Joh", "John.", "n", &longest] {
        let answer = server.client().get(&format!("/tocos/{user}")).send().await;
        let problem = answer.assert_problem(404, "user-not-found", user);
        assert!(problem.detail.contains(user), "{}", problem.detail);
    }
}
