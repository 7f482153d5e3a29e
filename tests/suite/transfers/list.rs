//! `GET /transfers`

use std::time::Duration;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Options, Server};
use rstest::rstest;
use serde_json::{Value, json};

use super::{history, make};

#[rstest]
#[tokio::test]
async fn an_empty_history_is_an_empty_array(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    for path in ["/transfers", "/transfers?user=Sam", "/transfers?user=Nobody"] {
        let answer = server.client().get(path).send().await;
        assert_eq!(answer.assert_json(200, path), json!([]));
        assert_eq!(answer.next_page(), None);
    }
}

#[rstest]
#[tokio::test]
async fn the_newest_come_first(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    make_in_order(&client, 1..=7, "Sam", "John").await;
    let all = history(&client).await;
    assert_eq!(amounts(&all), [7, 6, 5, 4, 3, 2, 1]);
    for member in &all {
        let one = client.get(&format!("/transfers/{}", super::id(member))).send().await;
        assert_eq!(&one.assert_json(200, "one of them"), member);
    }
    for limit in [1, 3, 6, 7] {
        let pages = pages(&client, &format!("/transfers?limit={limit}")).await;
        assert!(pages.iter().all(|page| (1..=limit).contains(&page.len())), "{pages:?}");
        assert_eq!(pages.concat(), all, "in pages of {limit}");
    }
}

#[rstest]
#[tokio::test]
async fn a_user_sees_what_was_given_and_got(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    make_in_order(&client, 1..=3, "Sam", "John").await;
    make_in_order(&client, 4..=6, "Cem", "Sam").await;
    make_in_order(&client, 7..=8, "John", "Cem").await;
    make_in_order(&client, 9..=9, "Sam", "Cem").await;
    let cases: [(&str, &[u64]); 4] =
        [("Sam", &[9, 6, 5, 4, 3, 2, 1]), ("John", &[8, 7, 3, 2, 1]), ("Cem", &[9, 8, 7, 6, 5, 4]), ("sam", &[])];
    for (user, expected) in cases {
        for limit in [1, 2, 4, 100] {
            let pages = pages(&client, &format!("/transfers?user={user}&limit={limit}")).await;
            assert!(pages.iter().all(|page| page.len() <= limit), "{user} in pages of {limit}: {pages:?}");
            assert_eq!(amounts(&pages.concat()), expected, "{user} in pages of {limit}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn the_next_page_is_a_relative_reference_with_user_and_limit(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    make_in_order(&client, 1..=3, "Sam", "John").await;
    for (path, start) in [
        ("/transfers?limit=2", "/transfers?limit=2&cursor="),
        ("/transfers?limit=2&user=Sam", "/transfers?user=Sam&limit=2&cursor="),
        ("/transfers?user=S%61m&x=1&limit=1", "/transfers?user=Sam&limit=1&cursor="),
    ] {
        let next = client.get(path).send().await.next_page().expect("a next page");
        assert!(next.starts_with(start), "{next}");
    }
    // No empty page follows an exactly full page.
    for path in ["/transfers?limit=3", "/transfers?user=John&limit=3"] {
        assert_eq!(client.get(path).send().await.next_page(), None, "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn gives_a_hundred_at_a_time_by_default(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for _ in 0..150 {
        make(&client, "Sam", "John", 1).await;
    }
    for (path, expected) in [("/transfers", &[100, 50][..]), ("/transfers?user=Sam", &[100, 50])] {
        let sizes: Vec<_> = pages(&client, path).await.iter().map(Vec::len).collect();
        assert_eq!(sizes, expected, "{path}");
    }
    assert_eq!(history(&client).await.len(), 150);
}

#[rstest]
#[tokio::test]
async fn transfers_that_come_in_move_no_page(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    make_in_order(&client, 1..=4, "Sam", "John").await;
    for path in ["/transfers?limit=2", "/transfers?limit=2&user=John"] {
        let next = client.get(path).send().await.next_page().expect("a next page");
        make_in_order(&client, 5..=6, "Sam", "John").await;
        let rest = client.get(&next).send().await.assert_json(200, &next);
        let expected: &[u64] = if path.contains("user") { &[4, 3] } else { &[2, 1] };
        assert_eq!(amounts(rest.as_array().unwrap()), expected, "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn the_history_outlives_its_users(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    make_in_order(&client, 1..=2, "Sam", "John").await;
    let before = history(&client).await;
    for user in ["Sam", "John"] {
        client.delete(&format!("/tocos/{user}")).send().await.assert_status(204, user);
        assert_eq!(history(&client).await, before, "without {user}");
        let of_user = client.get(&format!("/transfers?user={user}")).send().await.assert_json(200, user);
        assert_eq!(of_user, json!(before), "of {user}");
        let one = client.get(&format!("/transfers/{}", super::id(&before[0]))).send().await;
        assert_eq!(one.assert_json(200, "one of them"), before[0]);
    }
    client.put("/tocos/Sam", json!({"tocos": 1})).send().await.assert_status(201, "another Sam");
    assert_eq!(history(&client).await, before);
}

#[rstest]
#[tokio::test]
async fn refuses_what_the_list_of_tocos_refuses(#[values(Sqlite, Postgres)] engine: Engine) {
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    let longer = "n".repeat(65);
    for user in ["", "a%20b", "a%2Fb", "J%C3%BCrgen", "a%00", &longer] {
        let path = format!("/transfers?user={user}");
        let problem = client.get(&path).send().await.assert_problem(422, "invalid-value", &path);
        assert_eq!(problem.fields, ["user".to_owned()].into(), "{path}");
    }
    for limit in ["0", "1001", "99999999999999999999"] {
        let path = format!("/transfers?limit={limit}&user=Sam");
        let problem = client.get(&path).send().await.assert_problem(422, "invalid-value", &path);
        assert_eq!(problem.fields, ["limit".to_owned()].into(), "{path}");
    }
    // The last cursor is that of the user Sam in the list of tocos.
    let malformed =
        ["limit=x", "user=%FF", "user=Sam&user=Sam", "limit=1&limit=1", "cursor=x", "cursor=", "cursor=U2Ft"];
    for query in malformed {
        let path = format!("/transfers?{query}");
        client.get(&path).send().await.assert_problem(400, "malformed-request", &path);
    }
    for query in ["limit=1", "limit=1000", "unknown=1", "from=Sam"] {
        let path = format!("/transfers?{query}");
        client.get(&path).send().await.assert_status(200, &path);
    }
}

/// Makes transfers of these amounts, each in its own millisecond, because ids of the same millisecond have no order.
async fn make_in_order(client: &Client, amounts: impl Iterator<Item = u64>, from: &str, to: &str) {
    for amount in amounts {
        make(client, from, to, amount).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn amounts(transfers: &[Value]) -> Vec<u64> {
    transfers.iter().map(|transfer| transfer["amount"].as_u64().expect("an integer")).collect()
}

/// The transfers of every page, following `Link`.
async fn pages(client: &Client, first: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let answer = client.get(&path).send().await;
        pages.push(answer.assert_json(200, &path).as_array().expect("an array").clone());
        next = answer.next_page();
        assert!(pages.len() <= 1000, "pages without an end");
    }
    pages
}
