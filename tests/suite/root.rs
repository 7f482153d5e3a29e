//! `GET /`

use black_box::{Options, Raw, Server, repository};
use serde_json::json;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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
    let (html, json) = ("text/html; charset=utf-8", "application/json");
    let cases = [
        ("a browser", BROWSER, html),
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
    assert_eq!(answer.header("Content-Security-Policy"), Some(POLICY));
    let page = answer.text();
    assert!(page.to_lowercase().starts_with("<!doctype html>"), "{page}");
    for expected in ["mini-api", &repository::version(), "href=\"/readiness\""] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    let references = ["href=\"/", "src=\"/"].map(|opening| page.match_indices(opening));
    for (at, opening) in references.into_iter().flatten() {
        let path = page[at + opening.len() - 1..].split('"').next().unwrap_or_default();
        server.anonymous().get(path).send().await.assert_status(200, path);
    }
    assert!(page.contains("&lt;script&gt;"), "escaped in {page}");
    assert!(!page.contains("<script>alert(1)"), "not escaped in {page}");
}

#[tokio::test]
async fn a_browser_gets_a_page_where_a_program_gets_json() {
    let ready = Server::start(Options::api()).await;
    let broken = Server::start(Options::api().variable("auth", "<i>")).await;
    let (json, problem) = ("application/json", "application/problem+json");
    let cases = [
        (&ready, "/health", 200, json, "Healthy"),
        (&ready, "/healthcheck", 200, json, "Healthy"),
        (&ready, "/readiness", 200, json, "Ready"),
        (&ready, "/nope", 404, problem, "No such resource"),
        (&ready, "/docs/nope", 404, problem, "No such resource"),
        (&ready, "/hello_world", 401, problem, "Not authenticated"),
        (&broken, "/readiness", 503, json, "Not ready"),
        (&broken, "/", 503, problem, "Service misconfigured"),
    ];
    for (server, path, status, media_type, title) in cases {
        let page = server.anonymous().get(path).header("Accept", BROWSER).send().await;
        page.assert_status(status, path);
        assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("Content-Security-Policy"), Some(POLICY), "{path}");
        assert!(page.text().contains(&format!("<h1>{title}</h1>")), "{path}: {}", page.text());
        let head = server.anonymous().request("HEAD", path).header("Accept", BROWSER).send().await;
        head.assert_status(status, path);
        assert!(head.body.is_empty(), "HEAD {path}");
        for accept in ["*/*", "application/json"] {
            let answer = server.anonymous().get(path).header("Accept", accept).send().await;
            answer.assert_status(status, path);
            assert_eq!(answer.header("Content-Type"), Some(media_type), "{path} {accept}");
            assert_eq!(answer.header("Content-Security-Policy"), None, "{path} {accept}");
        }
    }
    let page = broken.anonymous().get("/").header("Accept", BROWSER).send().await;
    assert!(page.text().contains("<dt>auth</dt>"), "{}", page.text());
}
