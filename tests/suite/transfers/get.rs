//! `GET /transfers/{id}`

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server};
use rstest::rstest;

use super::{make, transfer};

#[rstest]
#[tokio::test]
async fn answers_as_the_transfer_was_answered(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let answer = client.post("/transfers", transfer("Sam", "John", 3)).send().await;
    let made = answer.assert_json(201, "a transfer");
    let location = answer.header("Location").unwrap().to_owned();
    assert_eq!(client.get(&location).send().await.assert_json(200, &location), made);
    let encoded = location.replace('-', "%2D");
    assert_eq!(client.get(&encoded).send().await.assert_json(200, &encoded), made);
}

#[rstest]
#[tokio::test]
async fn any_other_id_is_not_found(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let id = make(&client, "Sam", "John", 1).await;
    let ids = [
        "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        "6f1d1c0e-8a57-4b6e-9f53-0d6c2b3a4e5f".to_owned(),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(),
        format!("{id}0"),
        format!("%7B{id}%7D"),
        format!("urn:uuid:{id}"),
        id.replace('-', ""),
        id.get(..35).unwrap().to_owned(),
        id.replacen('0', "A", 1),
        "1".to_owned(),
        "John".to_owned(),
        "%20".to_owned(),
        "'%20OR%201=1".to_owned(),
        "a%00".to_owned(),
        "J%C3%BCrgen".to_owned(),
        "%F0%9F%8E%89".to_owned(),
        "x".repeat(4_000),
    ];
    for id in ids {
        let path = format!("/transfers/{id}");
        client.get(&path).send().await.assert_problem(404, "transfer-not-found", &path);
    }
    client.get("/transfers/").send().await.assert_problem(404, "not-found", "no id");
}

#[tokio::test]
async fn an_id_that_is_no_text_is_malformed() {
    let server = Server::start(Options::api()).await;
    for path in ["/transfers/%FF", "/transfers/a%C3"] {
        server.client().get(path).send().await.assert_problem(400, "malformed-request", path);
    }
}
