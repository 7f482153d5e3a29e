//! A line is one bounded write without invisible characters, whatever a client sends (CWE-117).

use black_box::{Options, Raw, Server, repository};
use serde_json::Value;
use tokio::task::JoinSet;

use super::line;

/// Maximum length of a line, in bytes with its newline: `PIPE_BUF`, up to which a write to a pipe is atomic.
const LONGEST_LINE: usize = 4096;

/// Maximum length of a value, in bytes, with the mark of truncation.
const LONGEST_VALUE: usize = 1024 + '…'.len_utf8();

/// Length of a path near the runtime's limit of 65,534 bytes.
const LONG: usize = 60_000;

/// C1, bidirectional controls, line separators, and characters of zero width. HTTP has no C0 or DEL in a target.
const INVISIBLE: [char; 20] = [
    '\u{80}', '\u{85}', '\u{9b}', '\u{9f}', '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}',
    '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}', '\u{2028}', '\u{2029}', '\u{200b}',
    '\u{feff}',
];

/// Sends a path unchanged that a proper client would percent-encode. Spin 4.0.1 answers 400 itself
/// to bytes beyond ASCII.
async fn ask(server: &Server, method: &str, path: &str, id: &str) {
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {id}\r\nConnection: close\r\n\r\n");
    Raw::exchange(server.address(), &head).await.assert_status(404, id);
}

#[tokio::test]
async fn long_utf8_paths_are_truncated_and_lines_never_interleave() {
    let pieces: &[&str] = if repository::serves_by_spin() { &["a"] } else { &["a", "ö", "日", "🦀"] };
    for format in ["json", "text"] {
        let server = Server::start(Options::api().variable("log_format", format)).await;
        let mut running = JoinSet::new();
        for (number, piece) in pieces.iter().cycle().take(32).enumerate() {
            let (id, address) = (format!("long-{number}-"), server.address());
            let path = format!("/{}", piece.repeat(LONG / piece.len()));
            running.spawn(async move {
                let head = format!(
                    "GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {id}\r\nConnection: close\r\n\r\n"
                );
                Raw::exchange(address, &head).await.assert_status(404, &id);
                id
            });
        }
        for id in running.join_all().await {
            server.logs().wait_for(&id, |line| line.contains(&id)).await;
        }
        let lines = server.logs().lines();
        let long: Vec<_> = lines.iter().filter(|line| line.contains("long-")).collect();
        assert_eq!(long.len(), 32);
        for line in &long {
            assert!(line.len() < LONGEST_LINE, "{} bytes", line.len());
            let (is_whole, end) = match format {
                "json" => (black_box::record(line).is_some(), "…\""),
                _ => (line.contains(" GET /") && line.contains(" id=long-"), "…"),
            };
            assert!(is_whole && line.contains(end), "{line}");
        }
        for record in server.logs().records() {
            assert!(record["path"].as_str().is_none_or(|path| path.len() <= LONGEST_VALUE), "{record}");
        }
    }
}

#[tokio::test]
async fn invisible_characters_are_escaped() {
    if repository::serves_by_spin() {
        return;
    }
    let path: String = "/".chars().chain(INVISIBLE.into_iter().flat_map(|character| ['a', character])).collect();
    for format in ["json", "text"] {
        let server = Server::start(Options::api().variable("log_format", format)).await;
        ask(&server, "GET", &path, "odd").await;
        server.logs().wait_for("the request", |line| line.contains("odd")).await;
        let text = server.logs().text();
        assert!(!text.contains(INVISIBLE), "{text:?}");
        assert!(text.contains(r"a\u0085a\u009b"), "{text:?}");
        if format == "json" {
            assert_eq!(line(&server, "odd").await["path"], Value::from(path.as_str()), "nothing is lost");
        }
    }
}

#[tokio::test]
async fn a_long_method_is_truncated() {
    let server = Server::start(Options::api()).await;
    let method = "M".repeat(8000);
    ask(&server, &method, "/nope", "brew").await;
    let record = line(&server, "brew").await;
    assert_eq!(record["method"].as_str().map(str::len), Some(LONGEST_VALUE), "{record}");
}
