//! `X-API-KEY`: which requests need a key, which keys are valid, and how the API responds if no key is configured.

mod keys;

use black_box::{API_KEY, Options, Server, description, example};

/// Method and target of every operation that needs a credential, or of every other one.
fn operations(is_protected: bool) -> Vec<(String, String)> {
    let operations = description::operations().into_iter().filter(|operation| operation.is_protected == is_protected);
    let operations: Vec<_> = operations.map(|operation| (operation.method, operation.target)).collect();
    assert!(operations.len() > 4, "{operations:?}");
    operations
}

/// Method and target of every protected operation, and of requests that have another error as well.
fn protected() -> Vec<(String, String)> {
    let wrong = ["?limit=0", "/not%20a%20value"].map(|end| ("GET".to_owned(), format!("{}{end}", example::LIST)));
    operations(true).into_iter().chain(wrong).collect()
}

#[tokio::test]
async fn protected_routes_ask_for_the_key_first() {
    let server = Server::start(Options::api()).await;
    for (method, path) in protected() {
        let case = format!("{method} {path}");
        // The API rejects the caller before it checks the body or its type.
        let request = server.anonymous().request(&method, &path).body("text/plain", "{");
        let answer = request.send().await;
        answer.assert_problem(401, "unauthorized", &case);
        let challenge = r#"ApiKey realm="mini-api""#;
        assert_eq!(answer.header("WWW-Authenticate"), Some(challenge), "{case}");
    }
    let entries = server.client().get(example::LIST).send().await.assert_json(200, "all");
    assert_eq!(entries.as_array().map(Vec::len), Some(example::DEMO_ENTRIES), "nothing was changed");
}

#[tokio::test]
async fn open_routes_do_not() {
    let server = Server::start(Options::api()).await;
    for (_, path) in operations(false) {
        // The description's example of an asset does not exist.
        let status = if path.starts_with("/docs/assets") { 404 } else { 200 };
        for client in [server.anonymous(), server.with_key("wrong")] {
            client.get(&path).send().await.assert_status(status, &path);
        }
    }
}

#[tokio::test]
async fn only_the_whole_key_opens() {
    let server = Server::start(Options::api()).await;
    let (upper, longer) = (API_KEY.to_uppercase(), format!("{API_KEY}x"));
    let wrong = ["", "wrong", &upper, &longer, API_KEY.trim_end_matches('9'), "api_key", ","];
    for key in wrong {
        let answer = server.with_key(key).get("/hello_world").send().await;
        answer.assert_problem(401, "unauthorized", key);
    }
    for name in ["X-API-KEY", "x-api-key", "X-Api-Key"] {
        let request = server.anonymous().get("/hello_world").header(name, API_KEY);
        request.send().await.assert_status(200, name);
    }
    for second in [API_KEY, "wrong"] {
        let request = server.client().get("/hello_world").header("X-API-KEY", second);
        request.send().await.assert_problem(400, "many-credentials", "two keys");
    }
    let request = server.anonymous().get("/hello_world").header_bytes("X-API-KEY", "ü".as_bytes());
    request.send().await.assert_problem(401, "unauthorized", "no ASCII");
    let request = server.anonymous().get("/hello_world").header("Authorization", API_KEY);
    request.send().await.assert_problem(401, "unauthorized", "another header");
    let path = format!("/hello_world?api_key={API_KEY}");
    let answer = server.anonymous().get(&path).send().await;
    answer.assert_problem(401, "unauthorized", "in the query");
    assert!(!server.logs().text().contains(API_KEY), "no key in the log");
}

#[tokio::test]
async fn each_of_several_keys_opens() {
    let options = Options::api().variable("api_key", " first-key ,second-key,, , third-key\t");
    let server = Server::start(options).await;
    for key in ["first-key", "second-key", "third-key"] {
        server.with_key(key).get("/hello_world").send().await.assert_status(200, key);
    }
    for key in ["", "first-key,second-key", "first-key ,second-key", "first", "fourth-key"] {
        let answer = server.with_key(key).get("/hello_world").send().await;
        answer.assert_problem(401, "unauthorized", key);
    }
}

#[tokio::test]
async fn without_a_configured_key_nobody_gets_in() {
    let none = Options::api().without_variable("api_key");
    for options in [none, Options::api().variable("api_key", ""), Options::api().variable("api_key", " , ")] {
        let server = Server::start(options).await;
        for (method, path) in protected() {
            for client in [server.anonymous(), server.client(), server.with_key("")] {
                let answer = client.request(&method, &path).send().await;
                let case = format!("{method} {path}");
                let problem = answer.assert_problem(503, "no-api-key-configured", &case);
                assert!(problem.detail.contains("api_key"), "{case}: {}", problem.detail);
            }
        }
        for path in ["/", "/health", "/healthcheck"] {
            server.anonymous().get(path).send().await.assert_status(200, path);
        }
    }
}

#[tokio::test]
async fn opened_on_purpose_it_is_open_and_says_so() {
    let options = Options::api().without_variable("api_key").variable("auth", "none");
    let server = Server::start(options).await;
    let client = server.anonymous();
    client.get("/hello_world").send().await.assert_status(200, "no key");
    server.with_key("any").get("/hello_world").send().await.assert_status(200, "any key");
    let created = client.post(example::LIST, example::new()).send().await;
    created.assert_status(201, "a write");
    let readiness = client.get("/readiness").send().await.assert_json(200, "open");
    assert!(readiness["warnings"][0].as_str().is_some_and(|warning| warning.contains("auth")), "{readiness}");
}

#[tokio::test]
async fn auth_is_on_by_default_with_no_warning() {
    let server = Server::start(Options::api()).await;
    server.client().get("/hello_world").send().await.assert_status(200, "the key");
    let readiness = server.anonymous().get("/readiness").send().await.assert_json(200, "closed");
    assert_eq!(readiness.get("warnings"), None);
}
