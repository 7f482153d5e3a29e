//! Bounds of a user's name and of a balance, in paths and bodies.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[tokio::test]
async fn a_name_has_1_to_64_plain_characters(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let (longest, longer) = ("n".repeat(64), "n".repeat(65));
    for user in ["n", "0", "_", "-x", "x.y", "...", ".x", "x..", &longest] {
        let answer = client.post("/tocos", json!({"user": user, "tocos": 1})).send().await;
        answer.assert_status(201, user);
        client.put(&format!("/tocos/{user}"), json!({"tocos": 2})).send().await.assert_status(200, user);
        client.delete(&format!("/tocos/{user}")).send().await.assert_status(204, user);
    }

    let refused =
        [".", "..", "", " ", "a b", "a/b", "a\\b", "Jürgen", "ａ", "a'b", "a;b", "a\0", "a\n", "a+b", &longer];
    for user in refused {
        let answer = client.post("/tocos", json!({"user": user, "tocos": 1})).send().await;
        let problem = answer.assert_problem(422, "invalid-value", user);
        assert_eq!(problem.fields, ["user".to_owned()].into(), "{user:?}");
        assert!(problem.detail.contains("user"), "{user:?}: {}", problem.detail);
    }
    for user in [json!(1), json!(null), json!(true), json!(["n"]), json!({"n": 1})] {
        let answer = client.post("/tocos", json!({"user": user, "tocos": 1})).send().await;
        let problem = answer.assert_problem(422, "invalid-value", "no text");
        assert_eq!(problem.fields, ["user".to_owned()].into());
    }
}

#[rstest]
#[tokio::test]
async fn a_name_in_the_path_has_the_same_bounds(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let longer = "n".repeat(65);
    let refused = ["%20", "a%20b", "a%2Fb", "J%C3%BCrgen", "a'b", "a%00", "a%0A", "a+b", "a%25", &longer];
    for user in refused {
        let path = format!("/tocos/{user}");
        for request in [client.get(&path), client.put(&path, json!({"tocos": 1})), client.delete(&path)] {
            let problem = request.send().await.assert_problem(422, "invalid-value", &path);
            assert_eq!(problem.fields, ["user".to_owned()].into(), "{path}");
        }
    }
    for path in ["/tocos/%FF", "/tocos/a%C3"] {
        for request in [client.get(path), client.put(path, json!({"tocos": 1})), client.delete(path)] {
            request.send().await.assert_problem(400, "malformed-request", path);
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_balance_is_an_integer_up_to_2_to_the_53_less_1(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for (written, tocos) in [
        ("0", 0),
        ("-0", 0),
        ("0e400", 0),
        ("1", 1),
        ("5.0", 5),
        ("5.00e0", 5),
        ("1e2", 100),
        ("1.5E+1", 15),
        ("700e-2", 7),
        ("9007199254740990", 9_007_199_254_740_990),
        ("9007199254740990.0", 9_007_199_254_740_990),
        ("9.007199254740991e15", 9_007_199_254_740_991),
        ("9007199254740991", 9_007_199_254_740_991),
    ] {
        let body = format!(r#"{{"tocos":{written}}}"#);
        let request = client.request("PUT", "/tocos/John").body("application/json", body);
        let john = request.send().await.assert_json(200, written);
        assert_eq!(john.to_string(), expected(tocos).to_string());
        let john = client.get("/tocos/John").send().await.assert_json(200, written);
        assert_eq!(john.to_string(), expected(tocos).to_string());
    }

    let refused = [
        "-1",
        "-1e0",
        "9007199254740992",
        "9007199254740992.0",
        "9007199254740993.0",
        "9.007199254740992e15",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "1.5",
        "4503599627370496.5",
        "9007199254740990.5",
        "9007199254740991.00000000000000001",
        "1e-1",
        "1e400",
        "-1e400",
        "1e-400",
        "\"100\"",
        "\"\"",
        "null",
        "true",
        "[]",
        "[1]",
        "{}",
    ];
    for tocos in refused {
        for (method, path, start) in [("PUT", "/tocos/John", ""), ("POST", "/tocos", r#""user":"Nina","#)] {
            let body = format!(r#"{{{start}"tocos":{tocos}}}"#);
            let case = format!("{method} {body}");
            let request = client.request(method, path).body("application/json", body);
            let problem = request.send().await.assert_problem(422, "invalid-value", &case);
            assert_eq!(problem.fields, ["tocos".to_owned()].into(), "{case}");
            assert!(problem.detail.contains("tocos"), "{case}: {}", problem.detail);
        }
    }
    let john = client.get("/tocos/John").send().await.assert_json(200, "unchanged");
    assert_eq!(john, expected(9_007_199_254_740_991));
}

/// A number that no `f64` holds is valid JSON, whatever the type of its field.
#[tokio::test]
async fn a_number_where_none_belongs_is_named() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    for (body, field) in [
        (r#"{"user":1e400,"tocos":1}"#, "user"),
        (r#"{"user":"Nina","tocos":1,"colour":1e400}"#, "colour"),
        ("1e400", "body"),
        ("[1e400]", "body"),
    ] {
        let answer = client.request("POST", "/tocos").body("application/json", body).send().await;
        let problem = answer.assert_problem(422, "invalid-value", body);
        assert_eq!(problem.fields, [field.to_owned()].into(), "{body}");
    }
}

fn expected(tocos: u64) -> Value {
    json!({"user": "John", "tocos": tocos})
}
