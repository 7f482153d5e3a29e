//! Redis servers: the one that the environment names, and ones of a test's own.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use black_box::repository;
use reqwest::Url;

/// Names the server on the lines of standard output, and keeps it until the end of standard input.
const HOLD: &str = r#"printf '%s\n' "$MINI_API_REDIS" "$MINI_API_REDIS_CTL"; exec cat"#;

/// A server, and the password for it in its address.
pub(super) struct RedisServer {
    address: String,
    own: Option<Own>,
}

/// A server that `hack/redis` has made; gone when it is dropped.
struct Own {
    holder: Child,
    /// The path of the script that stops and starts it.
    control: String,
}

impl RedisServer {
    /// The server of `MINI_API_REDIS`, which other tests use at the same time.
    pub(super) fn shared() -> Self {
        let address = std::env::var("MINI_API_REDIS").ok().filter(|address| !address.is_empty());
        let address = address.expect("MINI_API_REDIS names a server: set it, or run hack/redis cargo test ...");
        Self { address, own: None }
    }

    /// A server of its own, which can be stopped, started and paused.
    pub(super) fn start_own() -> Self {
        let mut command = Command::new(repository::root().join("hack/redis"));
        command.args(["sh", "-c", HOLD]).env_remove("MINI_API_REDIS").process_group(0);
        let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("hack/redis can be run");
        let output = holder.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(output).lines();
        let mut line = || lines.next().expect("hack/redis starts a server").expect("UTF-8");
        Self { address: line(), own: Some(Own { holder, control: line() }) }
    }

    /// `redis://:PASSWORD@HOST:PORT`
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn host_and_port(&self) -> (String, String) {
        let url = Url::parse(&self.address).expect("MINI_API_REDIS is a URL");
        let host = url.host_str().expect("MINI_API_REDIS has a host");
        (host.to_owned(), url.port().unwrap_or(6379).to_string())
    }

    /// Ends it; nothing of what it holds is kept.
    pub(super) fn stop(&self) {
        self.control("stop");
    }

    /// Starts it after it was stopped; returns when it answers.
    pub(super) fn start(&self) {
        self.control("start");
    }

    fn control(&self, what: &str) {
        let own = self.own.as_ref().expect("a server of the test's own");
        let status = Command::new(&own.control).arg(what).status().expect("the script can be run");
        assert!(status.success(), "{what}: {status}");
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
