//! `PUT /tocos/{user}`

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test]
async fn creates_and_then_sets(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for (tocos, status) in [(5_u64, 201), (7, 200), (7, 200), (0, 200), (9_007_199_254_740_991, 200)] {
        let entry = json!({"user": "Nina", "tocos": tocos});
        let answer = client.put("/tocos/Nina", json!({"tocos": tocos})).send().await;
        assert_eq!(answer.assert_json(status, "PUT"), entry);
        let location = (status == 201).then_some("/tocos/Nina");
        assert_eq!(answer.header("Location"), location);
        let answer = client.get("/tocos/Nina").send().await;
        assert_eq!(answer.assert_json(200, "after PUT"), entry);
    }
}

#[rstest]
#[tokio::test]
async fn leaves_the_others_alone(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    server.client().put("/tocos/John", json!({"tocos": 1})).send().await.assert_status(200, "John");
    let expected = json!([
        {"user": "Cem", "tocos": 300},
        {"user": "John", "tocos": 1},
        {"user": "Sam", "tocos": 200},
    ]);
    assert_eq!(server.client().get("/tocos").send().await.assert_json(200, "all"), expected);
}

#[rstest]
#[tokio::test]
async fn decodes_the_path(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let answer = server.client().put("/tocos/N%69na", json!({"tocos": 1})).send().await;
    assert_eq!(answer.assert_json(201, "N%69na"), json!({"user": "Nina", "tocos": 1}));
    assert_eq!(answer.header("Location"), Some("/tocos/Nina"));
}

#[rstest]
#[tokio::test]
async fn names_what_is_missing_or_unknown(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let cases = [
        ("no tocos", json!({}), "tocos"),
        ("the user once more", json!({"user": "John", "tocos": 1}), "user"),
        ("an unknown field", json!({"tocos": 1, "colour": "red"}), "colour"),
    ];
    for (case, body, field) in cases {
        let answer = server.client().put("/tocos/John", body).send().await;
        let problem = answer.assert_problem(422, "invalid-value", case);
        assert_eq!(problem.fields, [field.to_owned()].into(), "{case}");
    }
    for body in [json!([]), json!("x"), json!(null), json!(1), json!([1])] {
        let answer = server.client().put("/tocos/John", body.clone()).send().await;
        answer.assert_problem(422, "invalid-value", &body.to_string());
    }
    let john = server.client().get("/tocos/John").send().await.assert_json(200, "John");
    assert_eq!(john["tocos"], 100, "unchanged");
}
