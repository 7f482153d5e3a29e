//! `GET /`

use black_box::{Options, Raw, Server, repository};
use serde_json::json;

#[tokio::test]
async fn says_which_service_it_is() {
    let server = Server::start(Options::api()).await;
    let answer = server.anonymous().get("/").send().await;
    let expected = json!({
        "service": "mini-api",
        "env": "development",
        "version": repository::version(),
        "hostname": "unknown",
    });
    assert_eq!(answer.assert_json(200, "GET /"), expected);
    assert_eq!(answer.header("Vary"), Some("Accept"));
}

#[tokio::test]
async fn takes_its_facts_from_variables() {
    let options = Options::api().environment("staging").variable("app_hostname", "node-7");
    let server = Server::start(options).await;
    let facts = server.anonymous().get("/").send().await.assert_json(200, "GET /");
    assert_eq!(facts["env"], "staging");
    assert_eq!(facts["hostname"], "node-7");
}

#[tokio::test]
async fn answers_in_the_form_that_the_client_prefers() {
    let server = Server::start(Options::api()).await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let (html, json) = ("text/html; charset=utf-8", "application/json");
    let cases = [
        ("a browser", browser, html),
        ("HTML alone", "text/html", html),
        ("HTML first", "application/json;q=0.5, text/html", html),
        ("anything", "*/*", json),
        ("JSON alone", "application/json", json),
        ("JSON first", "text/html;q=0.5, application/json", json),
        ("no HTML", "text/html;q=0, application/json", json),
    ];
    for (case, accept, expected) in cases {
        let answer = server.anonymous().get("/").header("Accept", accept).send().await;
        answer.assert_status(200, case);
        assert_eq!(answer.header("Content-Type"), Some(expected), "{case}");
        assert_eq!(answer.header("Vary"), Some("Accept"), "{case}");
    }

    let head = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = Raw::exchange(server.address(), head).await;
    answer.assert_json(200, "no Accept at all");
}

#[tokio::test]
async fn the_page_shows_the_facts_and_leads_on() {
    let options = Options::api().environment("<script>alert(1)</script>&");
    let server = Server::start(options).await;
    let answer = server.anonymous().get("/").header("Accept", "text/html").send().await;
    let page = answer.text();
    assert!(page.to_lowercase().starts_with("<!doctype html>"), "{page}");
    for expected in ["mini-api", &repository::version(), "unknown", "href=\"/health\""] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    for (at, opening) in page.match_indices("href=\"/") {
        let path = page[at + opening.len() - 1..].split('"').next().unwrap_or_default();
        server.anonymous().get(path).send().await.assert_status(200, path);
    }
    assert!(page.contains("&lt;script&gt;"), "escaped in {page}");
    assert!(!page.contains("<script>alert(1)"), "not escaped in {page}");
}
