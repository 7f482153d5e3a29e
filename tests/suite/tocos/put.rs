//! `PUT /tocos/{user}`

use black_box::{Options, Server};
use serde_json::json;

#[tokio::test]
async fn creates_and_then_sets() {
    let server = Server::start(Options::api()).await;
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

#[tokio::test]
async fn leaves_the_others_alone() {
    let server = Server::start(Options::api()).await;
    server.client().put("/tocos/John", json!({"tocos": 1})).send().await.assert_status(200, "John");
    let expected = json!([
        {"user": "Cem", "tocos": 300},
        {"user": "John", "tocos": 1},
        {"user": "Sam", "tocos": 200},
    ]);
    assert_eq!(server.client().get("/tocos").send().await.assert_json(200, "all"), expected);
}

#[tokio::test]
async fn decodes_the_path() {
    let server = Server::start(Options::api()).await;
    let answer = server.client().put("/tocos/N%69na", json!({"tocos": 1})).send().await;
    assert_eq!(answer.assert_json(201, "N%69na"), json!({"user": "Nina", "tocos": 1}));
    assert_eq!(answer.header("Location"), Some("/tocos/Nina"));
}

#[tokio::test]
async fn names_what_is_missing_or_unknown() {
    let server = Server::start(Options::api()).await;
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
