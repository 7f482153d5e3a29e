//! `POST /transfers`: its effects. `refusals.rs` tests its errors.

use std::time::{SystemTime, UNIX_EPOCH};

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::{Value, json};

use super::{MOST, balance, history, id, transfer};

#[rstest]
#[tokio::test]
async fn moves_tocos_and_answers_with_the_transfer(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let body = json!({"from": "Sam", "to": "John", "amount": 30, "note": "for lunch"});
    let answer = client.post("/transfers", body).send().await;
    let made = answer.assert_json(201, "a transfer");
    let members: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members.len(), 6, "{made}");
    assert_eq!(made["from"], "Sam");
    assert_eq!(made["to"], "John");
    assert_eq!(made["amount"], 30);
    assert_eq!(made["note"], "for lunch");
    assert_eq!(answer.header("Location"), Some(format!("/transfers/{}", id(&made)).as_str()));
    assert_eq!(answer.header("Idempotent-Replayed"), None);
    assert_eq!((balance(&client, "Sam").await, balance(&client, "John").await), (170, 130));
    assert_eq!(balance(&client, "Cem").await, 300, "not touched");
    assert_eq!(history(&client).await, [made]);
}

#[rstest]
#[tokio::test]
async fn without_a_key_each_request_is_a_transfer_of_its_own(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for count in 1..=3 {
        client.post("/transfers", transfer("Sam", "John", 10)).send().await.assert_status(201, "again");
        assert_eq!(balance(&client, "Sam").await, 200 - 10 * count);
    }
    assert_eq!(history(&client).await.len(), 3);
}

#[rstest]
#[tokio::test]
async fn an_id_is_a_uuid_of_version_7_and_the_time_is_now(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let before = milliseconds();
    let answer = server.client().post("/transfers", transfer("Sam", "John", 1)).send().await;
    let (made, after) = (answer.assert_json(201, "a transfer"), milliseconds());

    let id = id(&made);
    let groups: Vec<_> = id.split('-').collect();
    assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
    assert!(id.bytes().all(|byte| matches!(byte, b'-' | b'0'..=b'9' | b'a'..=b'f')), "{id}");
    assert!(groups[2].starts_with('7') && groups[3].starts_with(['8', '9', 'a', 'b']), "{id}");
    // RFC 9562 section 5.7: the first 48 bits are the time.
    let time = u64::from_str_radix(&format!("{}{}", groups[0], groups[1]), 16).unwrap();
    assert!((before..=after).contains(&time), "{before} <= {time} <= {after}");
    assert_eq!(made["created_at"], rfc_3339(time), "{made}");
}

#[rstest]
#[tokio::test]
async fn a_note_may_be_absent_or_have_200_characters(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let notes = [
        String::new(),
        " ".to_owned(),
        "n".repeat(200),
        "ü".repeat(200),
        "🎉".repeat(200),
        r#"it's "50 %" \ \n; DROP TABLE users --"#.to_owned(),
        "\u{2028}\u{feff}\u{200d}".to_owned(),
    ];
    for note in notes {
        let body = json!({"from": "Sam", "to": "John", "amount": 1, "note": note});
        let made = client.post("/transfers", body).send().await.assert_json(201, &note);
        assert_eq!(made["note"], note);
        let found = client.get(&format!("/transfers/{}", id(&made))).send().await.assert_json(200, &note);
        assert_eq!(found["note"], note);
    }
    let null = json!({"from": "Sam", "to": "John", "amount": 1, "note": null});
    for body in [null, transfer("Sam", "John", 1)] {
        let made = client.post("/transfers", body).send().await.assert_json(201, "no note");
        assert_eq!(made.get("note"), Some(&Value::Null), "{made}");
    }
}

#[rstest]
#[tokio::test]
async fn moves_all_that_there_is_and_up_to_the_bound(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    client.put("/tocos/Max", json!({"tocos": MOST})).send().await.assert_status(201, "Max");
    client.put("/tocos/Nil", json!({"tocos": 0})).send().await.assert_status(201, "Nil");
    for (from, to, amount) in [("Max", "Nil", MOST), ("Nil", "Max", MOST - 1), ("Nil", "Max", 1)] {
        let made = client.post("/transfers", transfer(from, to, amount)).send().await.assert_json(201, from);
        assert_eq!(made["amount"], amount);
    }
    assert_eq!((balance(&client, "Max").await, balance(&client, "Nil").await), (MOST, 0));
}

#[rstest]
#[tokio::test]
async fn names_are_those_of_tocos(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let longest = "n".repeat(64);
    for user in ["a", "A", "_.-9", &longest] {
        client.put(&format!("/tocos/{user}"), json!({"tocos": 1})).send().await.assert_status(201, user);
        client.post("/transfers", transfer(user, "John", 1)).send().await.assert_status(201, user);
        assert_eq!(balance(&client, user).await, 0, "{user}");
    }
    assert_eq!(balance(&client, "John").await, 104, "no user was taken for another");
}

fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis().try_into().unwrap()
}

/// The moment in UTC, with milliseconds.
fn rfc_3339(milliseconds: u64) -> String {
    let moment = UNIX_EPOCH + std::time::Duration::from_millis(milliseconds);
    humantime::format_rfc3339_millis(moment).to_string()
}
