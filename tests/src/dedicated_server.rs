//! Servers that one test controls. Scripts of `hack/` start them.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crate::repository;

/// A server that stops when dropped.
#[derive(Debug)]
pub(crate) struct DedicatedServer {
    holder: Child,
    /// Path of the program that stops and starts the server.
    control: String,
}

impl DedicatedServer {
    /// Starts a server with a script that runs a command beside a server. Returns these environment variables of the
    /// command. The script does not get the first of them, because otherwise it would use that server. `control` is
    /// the variable with the path of the control program.
    pub(crate) fn start<const N: usize>(script: &str, variables: [&str; N], control: &str) -> ([String; N], Self) {
        let mut command = Command::new(repository::root().join(script));
        let [shared, ..] = &variables[..] else { panic!("no variable for the server of {script}") };
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

    /// Runs the control program.
    pub(crate) fn control(&self, arguments: &[&str]) {
        let status = Command::new(&self.control).args(arguments).status().expect("the control program runs");
        assert!(status.success(), "{} {arguments:?}: {status}", self.control);
    }
}

/// A shell command that prints the variables, one per line, and keeps the server until the end of stdin.
fn hold(variables: &[&str], control: &str) -> String {
    let values: Vec<_> = variables.iter().chain([&control]).map(|name| format!("\"${name}\"")).collect();
    format!("printf '%s\\n' {}; exec cat", values.join(" "))
}

impl Drop for DedicatedServer {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
