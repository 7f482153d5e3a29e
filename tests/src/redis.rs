//! Redis servers: the one that the environment names, and ones of a test's own.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use crate::repository;

/// Names the server on the lines of standard output, and keeps it until the end of standard input.
const HOLD: &str = r#"printf '%s\n' "$MINI_API_REDIS" "$MINI_API_REDIS_CTL"; exec cat"#;

/// A server.
#[derive(Clone, Debug)]
pub struct RedisServer {
    /// `redis://host:port`, without the password.
    pub(crate) address: String,
    password: String,
    own: Option<Arc<Own>>,
}

/// A server that `hack/redis` has made; gone when the last test that holds it has ended.
#[derive(Debug)]
struct Own {
    holder: Child,
    /// What stops and starts it.
    control: String,
}

impl RedisServer {
    /// The server of `MINI_API_REDIS`, which other tests use at the same time.
    pub fn shared() -> Self {
        let url = std::env::var("MINI_API_REDIS");
        Self::at(&url.expect("MINI_API_REDIS names a server: set it, or run hack/redis cargo test ..."), None)
    }

    /// A server of its own, which can be stopped and started.
    pub fn start_own() -> Self {
        let mut command = Command::new(repository::root().join("hack/redis"));
        command.args(["sh", "-c", HOLD]).env_remove("MINI_API_REDIS").process_group(0);
        let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("hack/redis can be run");
        let output = holder.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(output).lines();
        let mut line = || lines.next().expect("hack/redis starts a server").expect("UTF-8");
        let (url, control) = (line(), line());
        Self::at(&url, Some(Arc::new(Own { holder, control })))
    }

    /// The server's password, which nobody may see in a log.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Stops it; all that it has is lost.
    pub fn stop(&self) {
        self.control("stop");
    }

    /// Starts it after it was stopped, on the same port; returns when it takes connections.
    pub fn start(&self) {
        self.control("start");
    }

    fn at(url: &str, own: Option<Arc<Own>>) -> Self {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (password, server) = rest.rsplit_once('@').unwrap_or((":", rest));
        let password = password.trim_start_matches(':').to_owned();
        Self { address: format!("{scheme}://{server}"), password, own }
    }

    fn control(&self, argument: &str) {
        let own = self.own.as_ref().expect("a server of the test's own");
        let status = Command::new(&own.control).arg(argument).status().expect("redis-ctl can be run");
        assert!(status.success(), "redis-ctl {argument}: {status}");
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
