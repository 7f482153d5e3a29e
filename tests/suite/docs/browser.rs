//! The pages in a real browser: see `tests/browser/pages.mjs`, which says what must hold there.

use std::process::Command;
use std::time::{Duration, Instant};

use black_box::{API_KEY, Options, Server, repository};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

/// Bound of all its visits. A machine with nothing else to do takes a fifth of it.
const TIMEOUT: Duration = Duration::from_secs(120);

#[tokio::test]
async fn the_pages_work_on_a_desktop_and_on_a_phone() {
    let server = Server::start(Options::api()).await;
    let url = format!("http://{}/", server.address());
    spawn_blocking(move || visit(&url)).await.unwrap();
}

fn visit(url: &str) {
    let root = repository::root();
    let installed = Command::new(root.join("hack/tools/node")).status().unwrap();
    assert!(installed.success(), "hack/tools/node: {installed}");

    let (began, pictures) = (Instant::now(), TempDir::new().unwrap());
    let output = Command::new("timeout")
        .arg(TIMEOUT.as_secs().to_string())
        .arg("node")
        .arg(root.join("tests/browser/pages.mjs"))
        .args([url, API_KEY])
        .arg(pictures.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} after {:?}: {said}", output.status, began.elapsed());
}
