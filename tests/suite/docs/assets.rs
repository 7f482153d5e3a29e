//! `GET /docs`, `/redoc` and `/openapi.json`: their files, and how clients cache them.

use std::collections::BTreeSet;
use std::io::Read;

use black_box::{Answer, Exposition, Options, Server, example, repository};
use flate2::read::GzDecoder;
use serde_json::Value;

const SWAGGER_UI_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const REDOC_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
    'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; img-src 'self' data:; connect-src 'self'; \
    worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";
/// Files at fixed paths, and their types.
const FIXED: [(&str, &str); 4] =
    [("/docs", HTML), ("/redoc", HTML), ("/openapi.json", "application/json"), ("/openapi.yaml", "application/yaml")];

/// Files of the API's own pages, at fixed paths.
const STATUS: [&str; 4] = ["status.css", "status.js", "panel.js", "icon.svg"];

#[tokio::test]
async fn assets_are_kept_for_ever_under_hashed_names() {
    let server = Server::start(Options::api()).await;
    let paths = assets(&server).await;
    assert!(paths.len() >= 8, "{paths:?}");
    for path in paths {
        let (name, extension) = path.rsplit_once('.').unwrap();
        let hash = name.rsplit('.').next().unwrap();
        assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}");

        let answer = server.anonymous().get(&path).send().await;
        answer.assert_status(200, &path);
        assert_eq!(answer.header("Cache-Control"), Some("public, max-age=31536000, immutable"), "{path}");
        assert_eq!(answer.header("ETag"), Some(format!("W/\"{hash}\"").as_str()), "{path}");
        let media_type = match extension {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        };
        assert_eq!(answer.header("Content-Type"), Some(media_type), "{path}");
    }
}

#[tokio::test]
async fn pages_and_documents_are_asked_for_again() {
    let server = Server::start(Options::api()).await;
    for (path, media_type) in FIXED {
        let answer = server.anonymous().get(path).send().await;
        answer.assert_status(200, path);
        assert_eq!(answer.header("Content-Type"), Some(media_type), "{path}");
        assert_eq!(answer.header("Cache-Control"), Some("no-cache"), "{path}");
    }
    let committed = std::fs::read(repository::root().join("openapi.json")).unwrap();
    let json = server.anonymous().get("/openapi.json").send().await;
    assert!(json.body == committed, "openapi.json is not what was built: run ./hack/build");
    let yaml = server.anonymous().get("/openapi.yaml").send().await;
    let (json, yaml): (Value, Value) = (json.json(), serde_saphyr::from_str(yaml.text()).unwrap());
    assert!(json == yaml, "two documents");
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let server = Server::start(Options::api()).await;
    for path in every_path(&server).await {
        let get = |tag: String| server.anonymous().get(&path).header("If-None-Match", &tag).send();
        let first = server.anonymous().get(&path).send().await;
        let tag = first.header("ETag").expect("a tag").to_owned();
        for known in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned()] {
            let answer = get(known).await;
            answer.assert_status(304, &path);
            for name in ["ETag", "Cache-Control", "Vary", "Content-Security-Policy"] {
                assert_eq!(answer.header(name), first.header(name), "{name} of {path}");
            }
        }
        get("\"other\"".to_owned()).await.assert_status(200, &path);
    }
}

#[tokio::test]
async fn a_client_that_takes_gzip_gets_the_same_in_less() {
    let server = Server::start(Options::api()).await;
    for path in every_path(&server).await {
        let get = |encoding: &'static str| server.anonymous().get(&path).header("Accept-Encoding", encoding).send();
        let plain = server.anonymous().get(&path).send().await;
        assert_eq!(plain.header("Content-Encoding"), None, "{path}");
        for encoding in ["identity", "br", "gzip;q=0", ""] {
            let answer = get(encoding).await;
            assert!(answer.header("Content-Encoding").is_none() && answer.body == plain.body, "{path} {encoding}");
        }
        for encoding in ["gzip, deflate, br, zstd", "*"] {
            let answer = get(encoding).await;
            assert_eq!(answer.header("Content-Encoding"), Some("gzip"), "{path} {encoding}");
            assert!(inflated(&answer) == plain.body, "{path} {encoding}");
            assert_eq!(answer.header("Vary"), Some("Accept-Encoding"), "{path} {encoding}");
            assert_eq!(answer.header("ETag"), plain.header("ETag"), "{path} {encoding}");
        }
    }
}

#[tokio::test]
async fn pages_may_do_what_they_need_and_nothing_else() {
    let server = Server::start(Options::api()).await;
    for (path, policy) in [("/docs", SWAGGER_UI_POLICY), ("/redoc", REDOC_POLICY)] {
        let answer = server.anonymous().get(path).send().await;
        assert_eq!(answer.header("Content-Security-Policy"), Some(policy), "{path}");
        assert_eq!(answer.header("Referrer-Policy"), Some("no-referrer"), "{path}");
    }
    let index = server.anonymous().get("/").header("Accept", "text/html").send().await;
    assert_eq!(index.header("Referrer-Policy"), Some("no-referrer"));
}

#[tokio::test]
async fn swagger_ui_offers_the_accepted_schemes_only() {
    for (auth, schemes) in [("none", ""), ("api_key", "api_key"), ("jwt", "token"), ("api_key,jwt", "api_key token")] {
        let server = Server::start(Options::api().variable("auth", auth)).await;
        let page = server.anonymous().get("/docs").send().await;
        page.assert_status(200, auth);
        assert!(page.text().contains(&format!("data-auth=\"{schemes}\"")), "{auth}: {}", page.text());
    }
}

#[tokio::test]
async fn methods_are_get_and_head() {
    let server = Server::start(Options::api()).await;
    for path in every_path(&server).await {
        let get = server.anonymous().get(&path).send().await;
        let head = server.anonymous().request("HEAD", &path).send().await;
        head.assert_status(200, &path);
        assert!(head.body.is_empty(), "{path}");
        for name in ["Content-Length", "Content-Type", "ETag", "Cache-Control", "Vary"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = server.anonymous().request(method, &path).try_send().await.unwrap();
            answer.assert_problem(405, "method-not-allowed", &format!("{method} {path}"));
            assert_eq!(answer.allow(), BTreeSet::from(["GET".to_owned(), "HEAD".to_owned()]), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let server = Server::start(Options::api()).await;
    let paths =
        ["/docs/nope", "/docs/assets", "/docs/assets/nope.js", "/docs/assets/a/b", "/redoc/nope", "/openapi.xml"];
    for path in paths {
        server.anonymous().get(path).send().await.assert_problem(404, "not-found", path);
    }
}

#[tokio::test]
async fn documentation_can_be_turned_off() {
    let mut paths = every_path(&Server::start(Options::api()).await).await;
    paths.retain(|path| !STATUS.iter().any(|name| *path == status_path(name)));
    paths.push("/docs/nope".to_owned());
    let server = Server::start(Options::api().variable("docs_enabled", "false")).await;
    for path in paths {
        server.anonymous().get(&path).send().await.assert_problem(404, "not-found", &path);
        let post = server.anonymous().request("POST", &path).try_send().await.unwrap();
        post.assert_problem(404, "not-found", &path);
    }
    let index = server.anonymous().get("/").header("Accept", "text/html").send().await;
    assert!(!index.text().contains("\"/docs\"") && !index.text().contains("\"/redoc\""), "{}", index.text());
}

#[tokio::test]
async fn bad_settings_are_named() {
    let server = Server::start(Options::api().variable("docs_enabled", "perhaps")).await;
    for path in ["/docs", "/redoc", "/openapi.json", "/docs/assets/x", example::LIST] {
        let problem = server.client().get(path).send().await.assert_problem(503, "misconfigured", path);
        assert_eq!(problem.fields, BTreeSet::from(["docs_enabled".to_owned()]), "{path}");
    }
}

#[tokio::test]
async fn the_files_of_the_status_page_are_served_whatever_the_settings_are() {
    for (name, value) in [("docs_enabled", "true"), ("docs_enabled", "false"), ("log_level", "loud")] {
        let server = Server::start(Options::api().variable(name, value)).await;
        for path in STATUS.map(status_path) {
            let answer = server.anonymous().get(&path).send().await;
            answer.assert_status(200, &format!("{path} with {name} = {value}"));
            assert_eq!(answer.header("Cache-Control"), Some("no-cache"), "{path}");
            assert!(!answer.text().contains("{revision}") && !answer.text().contains("{wasi}"), "{path}");
        }
    }
}

#[tokio::test]
async fn requests_are_not_counted() {
    let server = Server::start(Options::api()).await;
    let asset = assets(&server).await.into_iter().next().unwrap();
    server.anonymous().get(&asset).send().await.assert_status(200, &asset);
    // Time after which the metrics include a request.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let exposed = Exposition::parse(server.anonymous().get("/metrics").send().await.text());
    assert!(exposed.samples.iter().all(|sample| !sample.labels.values().any(|value| value.starts_with("/docs"))));
}

/// The assets that the pages name.
async fn assets(server: &Server) -> Vec<String> {
    let mut paths = BTreeSet::new();
    for page in ["/docs", "/redoc"] {
        let answer = server.anonymous().get(page).send().await;
        for (at, start) in answer.text().match_indices("\"/docs/assets/") {
            let path = answer.text()[at + 1..].split('"').next().unwrap_or_default();
            assert!(path.len() > start.len(), "{path} in {page}");
            paths.insert(path.to_owned());
        }
    }
    paths.into_iter().collect()
}

async fn every_path(server: &Server) -> Vec<String> {
    let fixed = FIXED.map(|(path, _)| path.to_owned()).into_iter().chain(STATUS.map(status_path));
    fixed.chain(assets(server).await).collect()
}

fn status_path(name: &str) -> String {
    format!("/docs/assets/{name}")
}

fn inflated(answer: &Answer) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(answer.body.as_slice()).read_to_end(&mut content).unwrap();
    content
}
