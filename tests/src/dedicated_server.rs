//! Servers of a test's own, which scripts of `hack/` make.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crate::repository;

/// A server that is gone when the last test that holds it has ended.
#[derive(Debug)]
pub(crate) struct OwnServer {
    holder: Child,
    /// The path of the program that stops and starts it.
    control: String,
}

impl OwnServer {
    /// Starts a server by a script that runs a command with one, and returns what the script has put
    /// into these variables. Without the first of them the script makes a server of its own; `control`
    /// names the program that stops and starts it.
    pub(crate) fn start<const N: usize>(script: &str, variables: [&str; N], control: &str) -> ([String; N], Self) {
        let mut command = Command::new(repository::root().join(script));
        let [shared, ..] = &variables[..] else { panic!("{script} says nothing of the server") };
        command.args(["sh", "-c", &hold(&variables, control)]).env_remove(shared).process_group(0);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut holder = spawned.unwrap_or_else(|error| panic!("{script}: {error}"));
        let output = holder.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(output).lines();
        let mut line = |_| lines.next().unwrap_or_else(|| panic!("{script} starts no server")).expect("UTF-8");
        let values = variables.map(&mut line);
        let control = line(control);
        (values, Self { holder, control })
    }

    /// Runs the program that stops and starts it.
    pub(crate) fn control(&self, arguments: &[&str]) {
        let status = Command::new(&self.control).args(arguments).status().expect("what stops and starts it can be run");
        assert!(status.success(), "{} {arguments:?}: {status}", self.control);
    }
}

/// Prints the variables, each on a line, and keeps the server until the end of standard input.
fn hold(variables: &[&str], control: &str) -> String {
    let values: Vec<_> = variables.iter().chain([&control]).map(|name| format!("\"${name}\"")).collect();
    format!("printf '%s\\n' {}; exec cat", values.join(" "))
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
