//! `.` and `..` are not names, because a client that normalises URLs never reaches them (RFC 3986 section 5.2.4).

use black_box::Engine::{Postgres, Sqlite};
use black_box::{API_KEY, Answer, Engine, Options, Raw, Server};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[tokio::test]
async fn dot_segments_in_the_path_name_no_user(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    // %2e is another way to write a dot (RFC 3986 section 6.2.2.2).
    for name in [".", "..", "%2e", "%2E", "%2e%2e", ".%2e", "%2E."] {
        for (method, body) in [("GET", ""), ("HEAD", ""), ("PUT", r#"{"tocos":1}"#), ("DELETE", "")] {
            let case = format!("{method} {name}");
            let answer = exchange(&server, method, &format!("/tocos/{name}"), body).await;
            answer.assert_status(422, &case);
            if method != "HEAD" {
                let problem = answer.assert_problem(422, "invalid-value", &case);
                assert_eq!(problem.fields, ["user".to_owned()].into(), "{case}");
            }
        }
        let answer = exchange(&server, "GET", &format!("/transfers?user={name}"), "").await;
        answer.assert_problem(422, "invalid-value", &format!("transfers of {name}"));
    }
}

/// A release before this rule may have accepted them.
#[rstest]
#[tokio::test]
async fn dot_names_from_before_stay_readable_in_lists(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    client.get("/tocos").send().await.assert_status(200, "the schema is there");
    let id = match engine {
        Sqlite => "'01890a5d-ac96-774b-bcce-b302099a8057'",
        Postgres => "'01890a5d-ac96-774b-bcce-b302099a8057'::uuid",
    };
    let old = format!(
        "INSERT INTO users (name, tocos, incarnation) VALUES ('.', 1, 1), ('..', 2, 2);
        INSERT INTO transfers (id, from_user, to_user, amount, created_at) VALUES ({id}, '.', '..', 5, 1)"
    );
    server.options().database().execute(&old).await.unwrap();

    let mut users = Vec::new();
    let mut next = Some("/tocos?limit=1".to_owned());
    while let Some(path) = next {
        let page = client.get(&path).send().await;
        users.extend(page.assert_json(200, &path).as_array().unwrap().iter().map(|entry| entry["user"].clone()));
        next = page.next_page();
    }
    assert_eq!(users, [".", "..", "Cem", "John", "Sam"].map(Value::from));
    let transfers = client.get("/transfers").send().await.assert_json(200, "transfers");
    assert_eq!((&transfers[0]["from"], &transfers[0]["to"]), (&json!("."), &json!("..")));
    let path = "/transfers/01890a5d-ac96-774b-bcce-b302099a8057";
    client.get(path).send().await.assert_status(200, "one of them");
}

/// Sends the path unchanged, because a proper client would remove the dots.
async fn exchange(server: &Server, method: &str, path: &str, body: &str) -> Answer {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    Raw::exchange(server.address(), &head).await
}
