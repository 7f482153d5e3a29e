//! `/notes` and `/notes/{id}`

use std::time::Duration;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;
use serde_json::{Value, json};

/// A key and its SHA-256.
const KEY: &str = "a-key-to-read-with";
const DIGEST: &str = "e7ea061e18d522dfd742fd7006dc4e2e724e05c568a35c8d49339e7f27b652e6";
const FIRST: &str = "/notes/018bcfe5-687b-7000-8000-000000000000";

#[rstest]
#[tokio::test]
async fn creates_reads_and_deletes_a_note(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let created = client.post("/notes", json!({"text": "Buy milk"})).send().await;
    let note = created.assert_json(201, "created");
    assert_eq!(note["text"], "Buy milk");
    let path = created.header("Location").expect("a location").to_owned();
    assert_eq!(path, format!("/notes/{}", note["id"].as_str().unwrap()));

    assert_eq!(client.get(&path).send().await.assert_json(200, "read"), note);
    client.delete(&path).send().await.assert_status(204, "deleted");
    client.get(&path).send().await.assert_problem(404, "note-not-found", "gone");
    client.delete(&path).send().await.assert_problem(404, "note-not-found", "gone before");
}

#[rstest]
#[tokio::test]
async fn lists_the_oldest_first_in_pages(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for text in ["two", "three"] {
        client.post("/notes", json!({"text": text})).send().await.assert_status(201, text);
    }
    let page = client.get("/notes?limit=2").send().await;
    assert_eq!(texts(&page.assert_json(200, "a page")), ["The first note", "two"]);
    let next = client.get(&page.next_page().expect("a second page")).send().await;
    assert_eq!(texts(&next.assert_json(200, "the second page")), ["three"]);
    assert_eq!(next.next_page(), None);
    client.get("/notes?cursor=x").send().await.assert_problem(400, "malformed-request", "no cursor of this API");
}

#[tokio::test]
async fn created_notes_are_counted() {
    let server = Server::start(Options::api()).await;
    for status in [201, 422, 201] {
        let text = if status == 201 { "Tea" } else { "" };
        server.client().post("/notes", json!({"text": text})).send().await.assert_status(status, "counted");
    }
    // Longer than an instance holds its counts back.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let metrics = server.client().get("/metrics").send().await;
    let sample = metrics.text().lines().find(|line| line.starts_with("notes_created_total")).map(str::to_owned);
    assert!(sample.is_some_and(|sample| sample.ends_with(" 2")), "{}", metrics.text());
}

#[tokio::test]
async fn a_text_has_bounds() {
    let server = Server::start(Options::api()).await;
    let longest = "é".repeat(200);
    for (text, status) in [("", 422), ("a\u{0}b", 422), (&*format!("{longest}x"), 422), (&*longest, 201), ("a", 201)] {
        let answer = server.client().post("/notes", json!({"text": text})).send().await;
        answer.assert_status(status, text);
    }
    let answer = server.client().post("/notes", json!({"text": "a", "more": 1})).send().await;
    answer.assert_problem(422, "invalid-value", "an unknown field");
}

#[tokio::test]
async fn only_an_id_as_it_is_shown_is_one() {
    let server = Server::start(Options::api()).await;
    server.client().get(FIRST).send().await.assert_status(200, "the demo data");
    for path in ["/notes/1".to_owned(), FIRST.to_uppercase().replace("/NOTES", "/notes").replace("7B", "7b")] {
        server.client().get(&path).send().await.assert_problem(404, "note-not-found", &path);
    }
}

#[tokio::test]
async fn a_caller_needs_the_scope() {
    let server = Server::start(Options::api().variable("api_key", &format!("reader:{DIGEST}:notes:read"))).await;
    server.anonymous().get("/notes").send().await.assert_problem(401, "unauthorized", "no key");
    let client = server.with_key(KEY);
    client.get("/notes").send().await.assert_status(200, "a read");
    let created = client.post("/notes", json!({"text": "a"})).send().await;
    created.assert_problem(403, "insufficient-scope", "a creation");
    client.delete(FIRST).send().await.assert_problem(403, "insufficient-scope", "a deletion");
}

fn texts(page: &Value) -> Vec<&str> {
    page.as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap()).collect()
}
