//! HEAD on every route with GET, and 405 for methods that a route does not support.

use std::collections::{BTreeMap, BTreeSet};

use black_box::{API_KEY, Http2, Options, Raw, Server, description, example};

/// An example of each path of the API with its methods. Omits `/metrics`, because two scrapes differ.
fn routes() -> BTreeMap<String, BTreeSet<String>> {
    let mut routes = BTreeMap::<_, BTreeSet<_>>::new();
    for operation in description::operations() {
        if operation.tag != "documentation" && operation.template != "/metrics" {
            routes.entry(operation.template).or_default().insert((operation.method, operation.target));
        }
    }
    assert!(routes.len() > 5, "{routes:?}");
    let example = |operations: BTreeSet<(String, String)>| {
        let target = operations.first().map(|(_, target)| target.clone()).unwrap_or_default();
        let methods: BTreeSet<_> = operations.into_iter().map(|(method, _)| method).collect();
        let head = methods.contains("GET").then(|| "HEAD".to_owned());
        (target, methods.into_iter().chain(head).collect())
    };
    routes.into_values().map(example).collect()
}

#[tokio::test]
async fn other_methods_are_answered_with_those_there_are() {
    let server = Server::start(Options::api()).await;
    for (path, allowed) in routes() {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            if allowed.contains(method) {
                continue;
            }
            let case = format!("{method} {path}");
            let answer = server.client().request(method, &path).send().await;
            answer.assert_problem(405, "method-not-allowed", &case);
            assert_eq!(answer.allow(), allowed, "{case}");
        }
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start(Options::api()).await;
    let refused = format!("{}?limit=0", example::LIST);
    let others = ["/nope", example::NONE, "/current_time", &refused];
    for path in routes().into_keys().chain(others.map(str::to_owned)) {
        let path = path.as_str();
        let get = exchange(&server, "GET", path).await;
        let head = exchange(&server, "HEAD", path).await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}: {:?}", head.text());
        for name in ["Content-Length", "Content-Type", "ETag", "Link", "Vary"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
        assert_eq!(get.header("Content-Length"), Some(get.body.len().to_string().as_str()), "{path}");
    }
}

#[tokio::test]
async fn no_answer_of_http_2_without_a_body_is_reset() {
    let server = Server::start(Options::api()).await;
    let client = Http2::connect(server.address()).await;
    let headers = [("x-api-key", API_KEY), ("x-request-id", "same")];
    let refused = format!("{}?limit=0", example::LIST);
    let others = ["/nope", example::NONE, "/current_time", &refused];
    let docs = ["/docs", "/redoc", "/openapi.json", "/openapi.yaml", "/docs/assets/none.js"];
    let paths = others.into_iter().chain(docs).map(str::to_owned);
    for path in routes().into_keys().chain(paths) {
        let path = path.as_str();
        let get = client.exchange("GET", path, &headers).await.unwrap_or_else(|error| panic!("GET {path}: {error}"));
        let head = client.exchange("HEAD", path, &headers).await.unwrap_or_else(|error| panic!("HEAD {path}: {error}"));
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}: {:?}", head.text());
        for (name, value) in get.headers.iter().filter(|(name, _)| *name != "date") {
            assert_eq!(head.headers.get(name), Some(value), "{name} of {path}");
        }
        assert_eq!(head.headers.len(), get.headers.len(), "{path}: {:?}", head.headers);
    }
    let tag = client.exchange("GET", "/docs", &[]).await.unwrap().header("ETag").unwrap().to_owned();
    let known = client.exchange("GET", "/docs", &[("if-none-match", &tag)]).await;
    known.expect("an answer").assert_status(304, "a page that the client has");
    let deleted = client.exchange("DELETE", example::ONE, &headers).await;
    deleted.expect("an answer").assert_status(204, "a deletion");
}

#[tokio::test]
async fn a_connection_goes_on_after_head() {
    let server = Server::start(Options::api()).await;
    let mut connection = Raw::connect(server.address()).await;
    let requests = "HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n\
        GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    connection.write(requests.as_bytes()).await.unwrap();
    let answers = connection.read_to_end().await;
    assert!(answers.body.starts_with(b"HTTP/1.1 200"), "no body between: {:?}", answers.text());
}

async fn exchange(server: &Server, method: &str, path: &str) -> black_box::Answer {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {API_KEY}\r\n\
         X-Request-Id: same\r\nConnection: close\r\n\r\n"
    );
    Raw::exchange(server.address(), &head).await
}
