//! The pages in a real browser. The scripts in `tests/browser` contain the checks.

use std::process::Command;
use std::time::{Duration, Instant};

use black_box::{API_KEY, Options, Server, repository};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

/// Timeout of a script. An idle machine needs a fifth of it.
const TIMEOUT: Duration = Duration::from_secs(360);

#[tokio::test]
async fn the_documentation_works_on_a_desktop_and_on_a_phone() {
    let server = Server::start(Options::api()).await;
    let open = Server::start(Options::api().variable("auth", "none")).await;
    visit("pages.mjs", &server, &[url(&open)]).await;
}

#[tokio::test]
async fn the_status_page_shows_traffic_and_sends_requests() {
    let server = Server::start(Options::api()).await;
    let broken = Server::start(Options::api().variable("auth", "banana").variable("log_level", "loud")).await;
    let off = Options::api().variable("metrics", "off").variable("docs_enabled", "false");
    let off = Server::start(off).await;
    visit("status.mjs", &server, &[url(&broken), url(&off)]).await;
}

fn url(server: &Server) -> String {
    format!("http://{}/", server.address())
}

async fn visit(script: &'static str, server: &Server, others: &[String]) {
    let (url, others) = (url(server), others.to_vec());
    spawn_blocking(move || run(script, &url, &others)).await.unwrap();
}

fn run(script: &str, url: &str, others: &[String]) {
    let root = repository::root();
    let installed = Command::new(root.join("hack/tools/node")).status().unwrap();
    assert!(installed.success(), "hack/tools/node: {installed}");

    let (began, pictures) = (Instant::now(), TempDir::new().unwrap());
    let output = Command::new("timeout")
        .arg(TIMEOUT.as_secs().to_string())
        .arg("node")
        .arg(root.join("tests/browser").join(script))
        .args([url, API_KEY])
        .arg(pictures.path())
        .args(others)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} after {:?}: {said}", output.status, began.elapsed());
}
