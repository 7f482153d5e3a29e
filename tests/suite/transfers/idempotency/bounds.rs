//! The bounds of a key.

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;

use super::{assert_replayed, post};
use crate::transfers::{balance, history, transfer};

#[rstest]
#[tokio::test]
async fn a_key_has_1_to_255_visible_characters(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let (longest, longer) = ("k".repeat(255), "k".repeat(256));
    let visible: String = ('!'..='~').collect();
    for key in ["k", "!", "~", "\"quoted\"", "k'--", &visible, &longest] {
        let body = transfer("Sam", "John", 1);
        let first = post(&client, key, body.clone()).send().await;
        first.assert_status(201, key);
        assert_replayed(&post(&client, key, body).send().await, &first, key);
    }
    assert_eq!(balance(&client, "Sam").await, 193);

    let refused: [&[u8]; 5] = [b"", b"a b", b"a\tb", "ü".as_bytes(), longer.as_bytes()];
    for key in refused {
        let request = client.post("/transfers", transfer("Sam", "John", 1));
        let answer = request.header_bytes("Idempotency-Key", key).send().await;
        let problem = answer.assert_problem(422, "invalid-value", &format!("{key:?}"));
        assert_eq!(problem.fields, ["idempotency-key".to_owned()].into(), "{key:?}");
    }
    assert_eq!(balance(&client, "Sam").await, 193, "nothing moved");
}

#[tokio::test]
async fn a_request_has_one_key_at_most() {
    let server = Server::start(Options::api()).await;
    let client = server.client();
    for (one, two) in [("k", "k"), ("k", "l"), ("k", ""), ("", "")] {
        let request = post(&client, one, transfer("Sam", "John", 1)).header("Idempotency-Key", two);
        let problem = request.send().await.assert_problem(400, "malformed-request", &format!("{one}, {two}"));
        assert_eq!(problem.fields, ["idempotency-key".to_owned()].into());
    }
    assert!(history(&client).await.is_empty());
}
