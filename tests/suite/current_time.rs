//! `GET /current_time?name=`

use std::time::{SystemTime, UNIX_EPOCH};

use black_box::{Options, Server};

#[tokio::test]
async fn greets_by_name_and_tells_the_time() {
    let server = Server::start(Options::api()).await;
    let longest = "n".repeat(64);
    let longest_wide = "ü".repeat(64);
    let cases = [
        ("some_name", "some_name"),
        ("Sam%20Smith", "Sam Smith"),
        ("Sam+Smith", "Sam Smith"),
        ("J%C3%BCrgen", "Jürgen"),
        ("a%26b%3Dc", "a&b=c"),
        ("n", "n"),
        (&longest, &longest),
        (&longest_wide, &longest_wide),
        ("x&unknown=1", "x"),
    ];
    for (query, name) in cases {
        let path = format!("/current_time?name={query}");
        let answer = server.client().get(&path).send().await.assert_json(200, query);
        assert_eq!(answer["message"], format!("Hello {name}"));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let timestamp = answer["timestamp"].as_u64().expect("an integer");
        assert!(now.abs_diff(timestamp) <= 5, "{timestamp} is not {now}");
        assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
    }
}

#[tokio::test]
async fn needs_one_readable_name() {
    let server = Server::start(Options::api()).await;
    for query in ["", "?", "?name=", "?name", "?nome=x", "?Name=x"] {
        let path = format!("/current_time{query}");
        let answer = server.client().get(&path).send().await;
        let problem = answer.assert_problem(400, "malformed-request", &path);
        assert_eq!(problem.fields, ["name".to_owned()].into(), "{path}");
        assert!(problem.detail.contains("name"), "{path}: {}", problem.detail);
    }
    for query in ["?name=a&name=b", "?name=a&name=a", "?name=%FF"] {
        let path = format!("/current_time{query}");
        server.client().get(&path).send().await.assert_problem(400, "malformed-request", &path);
    }
}

#[tokio::test]
async fn refuses_a_longer_name() {
    let server = Server::start(Options::api()).await;
    for name in ["n".repeat(65), "ü".repeat(65)] {
        let path = format!("/current_time?name={name}");
        let answer = server.client().get(&path).send().await;
        let problem = answer.assert_problem(422, "invalid-value", &path);
        assert_eq!(problem.fields, ["name".to_owned()].into());
    }
}
