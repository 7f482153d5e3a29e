//! A request as the component gets it, and the paths that never reach it.

use black_box::{Answer, Options, Raw, Server, repository};
use serde_json::{Value, json};

use super::Guest;

#[tokio::test]
async fn has_the_full_url_and_the_clients_address() {
    let server = Server::start(Options::guest()).await;
    let address = server.address();
    let path = "/headers?a=b%20c&d";
    let seen = server.client().get(path).send().await.assert_json_text();
    let url = format!("http://{address}{path}");
    assert_eq!(seen["uri"], url);
    assert_eq!(seen["method"], "GET");
    assert_eq!(header(&seen, "spin-full-url"), [url]);
    let client = header(&seen, "spin-client-addr").concat();
    assert!(client.starts_with("127.0.0.1:"), "{seen}");
    assert_eq!(header(&seen, "host"), [address.to_string()]);
}

#[tokio::test]
async fn has_the_headers_of_the_route() {
    let server = Server::start(Options::guest()).await;
    let seen = server.client().get("/headers").send().await.assert_json_text();
    for (name, value) in [
        ("spin-path-info", "/headers"),
        ("spin-matched-route", "/..."),
        ("spin-raw-component-route", "/..."),
        ("spin-component-route", ""),
        ("spin-base-path", "/"),
    ] {
        assert_eq!(header(&seen, name), [value], "{name}");
    }
}

#[tokio::test]
async fn what_a_client_makes_up_comes_before_the_runtimes_own() {
    let server = Server::start(Options::guest()).await;
    let request = server.client().get("/headers").header("spin-client-addr", "192.0.2.1:1");
    let seen = request.send().await.assert_json_text();
    let addresses = header(&seen, "spin-client-addr");
    assert_eq!(addresses.len(), 2, "{seen}");
    assert_eq!(addresses[0], "192.0.2.1:1", "{seen}");
    assert!(addresses[1].starts_with("127.0.0.1:"), "{seen}");
}

#[tokio::test]
async fn has_headers_beyond_ascii() {
    let server = Server::start(Options::guest()).await;
    let request = server.client().get("/headers").header_bytes("X-Bytes", "ü".as_bytes());
    assert_eq!(header(&request.send().await.assert_json_text(), "x-bytes"), ["ü"]);
}

#[tokio::test]
async fn takes_its_authority_from_the_host_header() {
    let server = Server::start(Options::guest()).await;
    let answer = exchange(&server, "/headers?x", "Host: api.example.com:8080\r\nX-Twice: a\r\nX-Twice: b\r\n").await;
    let seen = answer.assert_json_text();
    assert_eq!(seen["uri"], "http://api.example.com:8080/headers?x");
    assert_eq!(header(&seen, "x-twice"), ["a", "b"]);
}

#[tokio::test]
async fn the_runtimes_own_paths_never_reach_it() {
    let server = Server::start(Options::guest()).await;
    let health = server.client().get("/.well-known/spin/health").send().await;
    assert_eq!((health.status, health.text()), (200, "OK"));
    let info = server.client().get("/.well-known/spin/info").send().await.assert_json(200, "info");
    assert_eq!(info["name"], "guest");
    let manifest = repository::read_toml(&repository::root().join("tests/guest/spin.toml"));
    let version = manifest["application"].get("version").and_then(toml::Value::as_str);
    assert_eq!(info["version"].as_str().filter(|version| !version.is_empty()), version);
    assert!(info["runtime"].is_null() || info["runtime"].as_str().is_some_and(|name| name.starts_with("runner ")));
    let other = server.client().get("/.well-known/spin/other").send().await;
    other.assert_status(404, "an unknown one");
    assert!(other.body.is_empty(), "{other:?}");
    server.client().get("/.well-known/other").send().await.assert_status(404, "the component's");
}

async fn exchange(server: &Server, path: &str, headers: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    Raw::exchange(server.address(), &head).await
}

fn header(seen: &Value, name: &str) -> Vec<String> {
    let headers = seen["headers"].as_array().expect("headers");
    let values = headers.iter().filter(|header| header[0] == json!(name));
    values.map(|header| header[1].as_str().expect("a value").to_owned()).collect()
}
