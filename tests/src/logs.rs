//! The lines that the server and its component write.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Timeout for a line from the component.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The lines of stdout and stderr, in the order of their arrival.
#[derive(Clone, Debug, Default)]
pub struct Logs(Arc<Mutex<Vec<String>>>);

impl Logs {
    /// Starts a thread that reads the stream to its end.
    pub(crate) fn follow(&self, stream: impl Read + Send + 'static) -> JoinHandle<()> {
        let logs = self.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                logs.0.lock().unwrap_or_else(PoisonError::into_inner).push(text);
                line.clear();
            }
        })
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// Returns the lines that are JSON objects, which the component logs.
    pub fn records(&self) -> Vec<Value> {
        self.lines().iter().filter_map(|line| record(line)).collect()
    }

    /// Waits for a line that matches. A line that the component logs before its response may arrive after it.
    pub async fn wait_for(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + ARRIVAL_TIMEOUT;
        while !self.lines().iter().any(|line| wanted(line)) {
            assert!(Instant::now() < deadline, "{what} is not in the log:\n{}", self.text());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Returns the address of the line `Serving http://ADDRESS`, if it has arrived.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.lines().iter().find_map(|line| serving(line))
    }
}

/// Parses a line of the component's log. Returns `None` for any other line.
pub fn record(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok().filter(Value::is_object)
}

/// Parses a `Serving` line, whose first word may be between colour codes.
fn serving(line: &str) -> Option<SocketAddr> {
    let (word, address) = line.split_once("http://")?;
    word.contains("Serving").then(|| address.trim().parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::serving;

    #[test]
    fn finds_the_address_with_and_without_colour() {
        let address = Some("127.0.0.1:4711".parse().unwrap());
        assert_eq!(serving("Serving http://127.0.0.1:4711"), address);
        assert_eq!(serving("\u{1b}[1m\u{1b}[32mServing\u{1b}[0m http://127.0.0.1:4711"), address);
        assert_eq!(serving("  api: http://127.0.0.1:4711/..."), None);
        assert_eq!(serving("Serving"), None);
    }
}
