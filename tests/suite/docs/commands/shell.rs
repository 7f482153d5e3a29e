//! A shell that runs a reader's commands against a server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process;

use black_box::{API_KEY, Server};
use tempfile::TempDir;

/// The address of the API on the pages.
const ADDRESS: &str = "http://127.0.0.1:3000";

/// Wraps `curl`: logs the URL and the status of each request, and limits its time.
const CURL: &str = r#"#!/usr/bin/env bash
PATH="${PATH#*:}" exec curl --disable --silent --show-error --noproxy '*' --max-time 10 \
  --write-out '%{stderr}%{url_effective} %{http_code}\n' "$@" 2>>"$REQUESTS"
"#;

/// A directory to run commands in, with the key where `hack/up` stores it.
pub(super) struct Shell {
    directory: TempDir,
    base: String,
}

/// The result of a command.
pub(super) struct Run {
    /// Whether its exit code was 0.
    pub(super) succeeded: bool,
    pub(super) output: String,
    /// The statuses of requests to the API. Empty if the command sent none.
    pub(super) statuses: Vec<u16>,
    /// The requests and stderr, for messages.
    pub(super) said: String,
}

impl Shell {
    pub(super) fn beside(server: &Server) -> Self {
        let directory = TempDir::new().unwrap();
        for name in [".local", ".programs"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        fs::write(directory.path().join(".local/api-key"), format!("{API_KEY}\n")).unwrap();
        let curl = directory.path().join(".programs/curl");
        fs::write(&curl, CURL).unwrap();
        fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
        Self { directory, base: format!("http://{}", server.address()) }
    }

    /// Runs a command as it stands on the page, with the server's address.
    pub(super) fn run(&self, command: &str) -> Run {
        let requests = self.directory.path().join(".requests");
        fs::write(&requests, "").unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let programs = self.directory.path().join(".programs");
        let path = [programs].into_iter().chain(std::env::split_paths(&path).collect::<Vec<PathBuf>>());
        let output = process::Command::new("bash")
            .args(["-euo", "pipefail", "-c", &command.replace(ADDRESS, &self.base)])
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("REQUESTS", &requests)
            .current_dir(self.directory.path())
            .output()
            .unwrap();
        let asked = fs::read_to_string(&requests).unwrap();
        Run {
            succeeded: output.status.success(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            statuses: asked.lines().filter_map(|line| self.status(line)).collect(),
            said: asked + &String::from_utf8_lossy(&output.stderr),
        }
    }

    fn status(&self, line: &str) -> Option<u16> {
        let (url, status) = line.split_once(' ')?;
        if url.starts_with(&self.base) { status.parse().ok() } else { None }
    }
}
