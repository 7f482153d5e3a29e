//! HEAD wherever GET, and 405 for every method that a route doesn't have.

use black_box::{API_KEY, Http2, Options, Raw, Server};

const READ: &[&str] = &["GET", "HEAD"];
const ROUTES: [(&str, &[&str]); 10] = [
    ("/", READ),
    ("/health", READ),
    ("/healthcheck", READ),
    ("/readiness", READ),
    ("/hello_world", READ),
    ("/current_time?name=x", READ),
    ("/tocos", &["GET", "HEAD", "POST"]),
    ("/tocos/John", &["GET", "HEAD", "PUT", "DELETE"]),
    ("/transfers", &["GET", "HEAD", "POST"]),
    ("/transfers/01890a5d-ac96-774b-bcce-b302099a8057", READ),
];

#[tokio::test]
async fn other_methods_are_answered_with_those_there_are() {
    let server = Server::start(Options::api()).await;
    for (path, allowed) in ROUTES {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            if allowed.contains(&method) {
                continue;
            }
            let case = format!("{method} {path}");
            let answer = server.client().request(method, path).send().await;
            answer.assert_problem(405, "method-not-allowed", &case);
            let expected = allowed.iter().map(|&method| method.to_owned()).collect();
            assert_eq!(answer.allow(), expected, "{case}");
        }
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start(Options::api()).await;
    let errors = ["/nope", "/tocos/Nobody", "/current_time", "/tocos?limit=0", "/transfers?user="];
    for path in ROUTES.map(|(path, _)| path).into_iter().chain(errors) {
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
    let errors = ["/nope", "/tocos/Nobody", "/current_time", "/tocos?limit=0"];
    let docs = ["/docs", "/redoc", "/openapi.json", "/openapi.yaml", "/docs/assets/none.js"];
    for path in ROUTES.map(|(path, _)| path).into_iter().chain(errors).chain(docs) {
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
    let deleted = client.exchange("DELETE", "/tocos/Cem", &headers).await;
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
