//! `DELETE /tocos/{user}`

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::json;

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
        answer.assert_problem(404, "user-not-found", "not there");
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
