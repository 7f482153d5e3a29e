//! `POST /tocos`

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test]
async fn creates_a_user(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    for (user, tocos) in [("Nina", 0_u64), ("n", 1), ("A.b_c-9", 9_007_199_254_740_991)] {
        let entry = json!({"user": user, "tocos": tocos});
        let answer = server.client().post("/tocos", entry.clone()).send().await;
        assert_eq!(answer.assert_json(201, user), entry);
        let location = answer.header("Location").expect("a location").to_owned();
        assert_eq!(location, format!("/tocos/{user}"));
        let answer = server.client().get(&location).send().await;
        assert_eq!(answer.assert_json(200, user), entry);
    }
}

#[rstest]
#[tokio::test]
async fn keeps_a_user_who_exists(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    for tocos in [100, 999] {
        let answer = server.client().post("/tocos", json!({"user": "John", "tocos": tocos})).send().await;
        let problem = answer.assert_problem(409, "user-exists", "John again");
        assert!(problem.detail.contains("John"), "{}", problem.detail);
        assert_eq!(answer.header("Location"), None);
    }
    let john = server.client().get("/tocos/John").send().await.assert_json(200, "John");
    assert_eq!(john["tocos"], 100);
    let answer = server.client().post("/tocos", json!({"user": "john", "tocos": 1})).send().await;
    answer.assert_status(201, "another case, another user");
}

#[rstest]
#[tokio::test]
async fn names_what_is_missing_or_unknown(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let cases = [
        ("no user", json!({"tocos": 1}), "user"),
        ("no tocos", json!({"user": "Nina"}), "tocos"),
        ("an unknown field", json!({"user": "Nina", "tocos": 1, "colour": "red"}), "colour"),
        ("another case", json!({"user": "Nina", "Tocos": 1, "tocos": 1}), "Tocos"),
    ];
    for (case, body, field) in cases {
        let answer = server.client().post("/tocos", body).send().await;
        let problem = answer.assert_problem(422, "invalid-value", case);
        assert_eq!(problem.fields, [field.to_owned()].into(), "{case}");
        assert!(problem.detail.contains(field), "{case}: {}", problem.detail);
    }
    for body in [json!([]), json!("x"), json!(null), json!(1), json!({}), json!(["Nina", 1])] {
        let answer = server.client().post("/tocos", body.clone()).send().await;
        answer.assert_problem(422, "invalid-value", &body.to_string());
    }
    let answer = server.client().get("/tocos/Nina").send().await;
    answer.assert_problem(404, "user-not-found", "nothing was created");
}
