//! The API behaves as its OpenAPI document says. Schemathesis generates valid and invalid requests from the
//! document.
//!
//! Environment variables set their number. `hack/check/schemathesis` has the numbers of a long run.

use std::env;
use std::process::Command;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{API_KEY, Engine, Options, Server, repository};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn the_api_is_as_documented(#[values(Sqlite, Postgres)] engine: Engine) {
    let root = repository::root();
    let installed = Command::new(root.join("hack/tools/python")).status().unwrap();
    assert!(installed.success(), "hack/tools/python: {installed}");

    let server = Server::start(Options::on(engine)).await;
    let output = Command::new(root.join("target/tools/python/bin/schemathesis"))
        .args(["--config-file", "tests/tools/schemathesis.toml", "run"])
        .args(["--seed", &parameter("MINI_API_SEED", "1")])
        .args(["--max-examples", &parameter("MINI_API_EXAMPLES", "40")])
        .arg("openapi.json")
        .env("API_URL", format!("http://{}", server.address()))
        .env("API_KEY", API_KEY)
        .env("ASSET", asset(&server).await)
        // Requests to this machine need no proxy.
        .env("NO_PROXY", "*")
        .current_dir(root)
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    println!("{said}");
}

/// The name of a file that a page of the documentation needs.
async fn asset(server: &Server) -> String {
    let page = server.anonymous().get("/docs").try_send().await.expect("an answer");
    let (_, rest) = page.text().split_once("/docs/assets/").expect("a page with assets");
    rest.split('"').next().unwrap_or_default().to_owned()
}

fn parameter(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}
