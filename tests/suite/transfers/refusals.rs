//! `POST /transfers`: requests that it rejects, without any effect.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Answer, Client, Engine, Options, Server};
use rstest::rstest;
use serde_json::{Value, json};

use super::{MOST, balance, history, transfer};

#[rstest]
#[tokio::test]
async fn an_amount_is_an_integer_from_1_to_2_to_the_53_less_1(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let refused = [
        "0",
        "0.0",
        "-1",
        "-0",
        "9007199254740992",
        "9007199254740992.0",
        "0.5",
        "1e400",
        "-1e400",
        "1e-400",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        "1.5",
        "9007199254740990.5",
        "\"1\"",
        "null",
        "true",
        "[1]",
        "{}",
    ];
    for amount in refused {
        let body = format!(r#"{{"from":"Sam","to":"John","amount":{amount}}}"#);
        let request = client.request("POST", "/transfers").body("application/json", body);
        assert_names(&request.send().await, &["amount"], amount);
    }
    assert_untouched(&client).await;
}

#[rstest]
#[tokio::test]
async fn a_note_has_200_characters_at_most_and_no_control_characters(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let texts = ["a\0", "\n", "a\tb", "\u{1b}[31m", "\u{7f}", "\u{85}"].map(Value::from);
    let longer = ["n".repeat(201), "ü".repeat(201), "🎉".repeat(201)].map(Value::from);
    let types = [json!(1), json!(true), json!([]), json!({"text": "x"})];
    for note in texts.into_iter().chain(longer).chain(types) {
        let body = json!({"from": "Sam", "to": "John", "amount": 1, "note": note});
        let answer = client.post("/transfers", body).send().await;
        assert_names(&answer, &["note"], &note.to_string());
    }
    assert_untouched(&client).await;
}

#[rstest]
#[tokio::test]
async fn everything_that_is_wrong_is_named(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let longer = "n".repeat(65);
    let cases: [(Value, &[&str]); 15] = [
        (transfer(".", "John", 1), &["from"]),
        (transfer("Sam", "..", 1), &["to"]),
        (transfer("Sam", "Sam", 1), &["to"]),
        (transfer("Nobody", "Nobody", 1), &["to"]),
        (transfer("", "John", 1), &["from"]),
        (transfer("Sam", "a b", 1), &["to"]),
        (transfer(&longer, "John", 1), &["from"]),
        (transfer("Sam", &longer, 1), &["to"]),
        (transfer("a/b", "Jürgen", 0), &["from", "to", "amount"]),
        (json!({"to": "John", "amount": 1}), &["from"]),
        (json!({"from": "Sam", "amount": 1}), &["to"]),
        (json!({"from": "Sam", "to": "John"}), &["amount"]),
        (json!({"from": "Sam", "to": "John", "amount": 1, "Note": "x"}), &["Note"]),
        (json!({"from": "Sam", "to": "John", "amount": 1, "id": "x"}), &["id"]),
        (json!({"from": 1, "to": "John", "amount": 1}), &["from"]),
    ];
    for (body, fields) in cases {
        let answer = client.post("/transfers", body.clone()).send().await;
        assert_names(&answer, fields, &body.to_string());
    }
    for body in [json!([]), json!(["Sam", "John", 1, null]), json!("x"), json!(null), json!({})] {
        let answer = client.post("/transfers", body.clone()).send().await;
        answer.assert_problem(422, "invalid-value", &body.to_string());
    }
    assert_untouched(&client).await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_as_everywhere() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    let bodies = [
        ("", 400, "malformed-request", "application/json"),
        (r#"{"from":"Sam","to":"John","amount":1"#, 400, "malformed-request", "application/json"),
        (r#"{"from":"Sam","to":"John","amount":1,"note":"\ud800"}"#, 400, "malformed-request", "application/json"),
        (r#"{"from":"Sam","to":"John","amount":1}"#, 415, "unsupported-media-type", "text/plain"),
        (&" ".repeat(64 * 1024 + 1), 413, "body-too-large", "application/json"),
    ];
    for (body, status, slug, content_type) in bodies {
        let request = client.request("POST", "/transfers").body(content_type, body);
        request.send().await.assert_problem(status, slug, body.get(..40).unwrap_or(body));
    }
    assert_untouched(&client).await;
}

#[rstest]
#[tokio::test]
async fn an_unknown_user_is_not_found_and_named(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let cases =
        [("Nobody", "John", "Nobody"), ("Sam", "Nobody", "Nobody"), ("sam", "John", "sam"), ("No", "Nil", "No")];
    for (from, to, unknown) in cases {
        // The second amount exceeds every balance, but the API must report the unknown user first.
        for amount in [1, 1_000_000] {
            let answer = client.post("/transfers", transfer(from, to, amount)).send().await;
            let problem = answer.assert_problem(404, "user-not-found", unknown);
            assert!(problem.detail.contains(&format!("'{unknown}'")), "{}", problem.detail);
            assert_eq!(answer.header("Location"), None);
        }
    }
    assert_untouched(&client).await;
}

#[rstest]
#[tokio::test]
async fn nobody_gives_more_than_there_is(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for amount in [201, MOST] {
        let answer = client.post("/transfers", transfer("Sam", "John", amount)).send().await;
        let problem = answer.assert_problem(409, "not-enough-tocos", "more than 200");
        assert!(problem.detail.contains("Sam"), "{}", problem.detail);
        assert_eq!(answer.header("Location"), None);
    }
    assert_untouched(&client).await;
    client.post("/transfers", transfer("Sam", "John", 200)).send().await.assert_status(201, "all of it");
    let answer = client.post("/transfers", transfer("Sam", "John", 1)).send().await;
    answer.assert_problem(409, "not-enough-tocos", "nothing left");
}

#[rstest]
#[tokio::test]
async fn nobody_gets_more_than_can_be_counted(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    client.put("/tocos/Max", json!({"tocos": MOST - 5})).send().await.assert_status(201, "Max");
    let answer = client.post("/transfers", transfer("Sam", "Max", 6)).send().await;
    let problem = answer.assert_problem(409, "too-many-tocos", "one too many");
    assert!(problem.detail.contains("Max"), "{}", problem.detail);
    assert_untouched(&client).await;
    client.post("/transfers", transfer("Sam", "Max", 5)).send().await.assert_status(201, "up to the bound");
    assert_eq!(balance(&client, "Max").await, MOST);
    let answer = client.post("/transfers", transfer("Sam", "Max", 1)).send().await;
    answer.assert_problem(409, "too-many-tocos", "at the bound");
    client.put("/tocos/Too", json!({"tocos": MOST})).send().await.assert_status(201, "Too");
    let answer = client.post("/transfers", transfer("Too", "Max", MOST)).send().await;
    answer.assert_problem(409, "too-many-tocos", "a sum near 2^54");
}

fn assert_names(answer: &Answer, fields: &[&str], case: &str) {
    let problem = answer.assert_problem(422, "invalid-value", case);
    let expected = fields.iter().map(|&field| field.to_owned()).collect();
    assert_eq!(problem.fields, expected, "{case}");
    for field in fields {
        assert!(problem.detail.contains(field), "{case}: {}", problem.detail);
    }
}

/// Panics if a balance has changed or a transfer exists.
async fn assert_untouched(client: &Client) {
    for (user, tocos) in [("John", 100), ("Sam", 200), ("Cem", 300)] {
        assert_eq!(balance(client, user).await, tocos, "{user}");
    }
    assert!(history(client).await.is_empty(), "a transfer was recorded");
}
