//! Pages of other origins (CORS).

use black_box::{Answer, Client, Options, Server, example};

const PAGE: &str = "https://app.example";

async fn serve(origins: &str) -> Server {
    Server::start(Options::api().variable("cors_allowed_origins", origins)).await
}

async fn preflight(client: &Client, path: &str, origin: &str) -> Answer {
    let request = client.request("OPTIONS", path).header("Origin", origin);
    request
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "x-api-key,content-type")
        .send()
        .await
}

fn list(answer: &Answer, name: &str) -> Vec<String> {
    let values = answer.headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_ascii_lowercase());
    values.flat_map(|value| value.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>()).collect()
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_ask_and_read() {
    let server = serve(&format!("https://other.example, {PAGE}")).await;
    let answer = preflight(&server.anonymous(), example::ONE, PAGE).await;
    assert!(matches!(answer.status, 200 | 204), "{}", answer.status);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(PAGE));
    for method in ["get", "head", "post", "put", "patch", "delete"] {
        assert!(list(&answer, "Access-Control-Allow-Methods").iter().any(|known| known == method), "{method}");
    }
    for header in ["x-api-key", "authorization", "content-type", "if-match", "idempotency-key"] {
        assert!(list(&answer, "Access-Control-Allow-Headers").iter().any(|known| known == header), "{header}");
    }
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
    assert!(list(&answer, "Vary").contains(&"origin".to_owned()));

    let answer = server.client().get(example::ONE).header("Origin", PAGE).send().await;
    answer.assert_status(200, "the request itself");
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(PAGE));
    for header in ["etag", "link", "location", "x-request-id", "ratelimit", "retry-after", "idempotent-replayed"] {
        assert!(list(&answer, "Access-Control-Expose-Headers").iter().any(|known| known == header), "{header}");
    }
    assert!(list(&answer, "Vary").contains(&"origin".to_owned()));
}

#[tokio::test]
async fn failures_can_be_read_too() {
    let server = serve(PAGE).await;
    for (client, path, status) in [
        (server.anonymous(), example::LIST, 401),
        (server.client(), "/nothing", 404),
        (server.client(), &format!("{}?limit=0", example::LIST), 422),
    ] {
        let answer = client.get(path).header("Origin", PAGE).send().await;
        answer.assert_status(status, path);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(PAGE), "{path}");
    }
}

#[tokio::test]
async fn the_description_may_be_read_by_a_page_of_an_allowed_origin() {
    for (origins, allowed) in [(PAGE, PAGE), ("*", "*")] {
        let server = serve(origins).await;
        for (path, status) in [("/openapi.json", 200), ("/openapi.yaml", 200), ("/docs", 200), ("/docs/nothing", 404)] {
            let answer = server.anonymous().get(path).header("Origin", PAGE).send().await;
            answer.assert_status(status, path);
            assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(allowed), "{path}");
            assert_eq!(list(&answer, "Vary").contains(&"origin".to_owned()), origins == PAGE, "{path}");
            let answer = preflight(&server.anonymous(), path, PAGE).await;
            answer.assert_status(200, path);
            assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(allowed), "a preflight of {path}");
        }
        let answer = server.anonymous().get("/openapi.json").header("Origin", "https://evil.example").send().await;
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(allowed).filter(|allowed| *allowed == "*"));
    }
    let answer =
        Server::start(Options::api()).await.anonymous().get("/openapi.json").header("Origin", PAGE).send().await;
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{answer:?}");
}

#[tokio::test]
async fn no_other_origin_is_reflected() {
    let server = serve(PAGE).await;
    for origin in [
        "https://evil.example",
        "http://app.example",
        "https://app.example.evil.example",
        "null",
        "https://APP.example",
    ] {
        let answer = preflight(&server.anonymous(), example::LIST, origin).await;
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None, "{origin}");
        let answer = server.client().get(example::LIST).header("Origin", origin).send().await;
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None, "{origin}");
        assert!(list(&answer, "Vary").contains(&"origin".to_owned()), "a cache must tell origins apart");
    }
}

#[tokio::test]
async fn every_origin_is_an_asterisk_and_no_reflection() {
    let server = serve("*").await;
    let answer = preflight(&server.anonymous(), example::LIST, PAGE).await;
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
    let answer = server.client().get(example::LIST).header("Origin", PAGE).send().await;
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
}

#[tokio::test]
async fn without_a_setting_there_is_nothing_of_it() {
    let server = Server::start(Options::api()).await;
    let answer = preflight(&server.anonymous(), example::LIST, PAGE).await;
    answer.assert_problem(405, "method-not-allowed", "a preflight");
    let answer = server.client().get(example::LIST).header("Origin", PAGE).send().await;
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{answer:?}");
}
