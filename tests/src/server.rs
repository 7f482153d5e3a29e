//! The server under test: `spin up` or the runner, which have the same command line.

use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::process::ProcessGroup;
use crate::{Client, Logs, Options, StateDir, documentation, repository};

/// Timeout of a start, with a cold compile cache on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Timeout of a graceful stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A running server. Dropping it kills it, and prints its logs if the test has failed.
#[derive(Debug)]
pub struct Server {
    process: ProcessGroup,
    address: SocketAddr,
    options: Options,
    logs: Logs,
    readers: Vec<JoinHandle<()>>,
    unread_stderr: Option<ChildStderr>,
}

#[derive(Debug)]
pub struct Refused {
    pub status: ExitStatus,
    pub logs: Logs,
}

impl Server {
    /// Starts a server and waits until its component responds.
    pub async fn start(options: Options) -> Self {
        match Self::try_start(options).await {
            Ok(server) => server,
            Err(refused) => {
                panic!("the server ended with {}:\n{}", refused.status, refused.logs.text())
            }
        }
    }

    /// As [`Server::start`], but returns an error if the server ends before it listens.
    pub async fn try_start(options: Options) -> Result<Self, Refused> {
        // A relative path is a reference in a registry.
        if options.manifest.is_absolute() {
            repository::assert_built(&options.manifest);
        }
        let mut process = ProcessGroup::spawn(&mut command(&options)).expect("the program under test runs");
        let logs = Logs::default();
        let (stdout, mut stderr) = (process.leader().stdout.take(), process.leader().stderr.take());
        let unread_stderr = if options.is_stderr_read { None } else { stderr.take() };
        let readers = [stdout.map(|stream| logs.follow(stream)), stderr.map(|stream| logs.follow(stream))];
        let readers: Vec<_> = readers.into_iter().flatten().collect();

        let deadline = Instant::now() + START_TIMEOUT;
        let address = loop {
            if let Some(address) = logs.address() {
                break address;
            }
            if let Some(status) = process.status() {
                process.kill();
                join(readers);
                return Err(Refused { status, logs });
            }
            assert!(Instant::now() < deadline, "nothing listens:\n{}", logs.text());
            tokio::time::sleep(Duration::from_millis(2)).await;
        };
        let server = Self { process, address, options, logs, readers, unread_stderr };
        server.wait_for(server.options.ready_path, 200, deadline - Instant::now()).await;
        Ok(server)
    }

    /// Polls the path until the response has the status. Panics after the bound.
    pub async fn wait_for(&self, path: &str, status: u16, bound: Duration) {
        let deadline = Instant::now() + bound;
        let client = self.anonymous();
        let mut last = None;
        while Instant::now() < deadline {
            last = client.get(path).try_send().await.ok();
            if last.as_ref().is_some_and(|answer| answer.status == status) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{path} does not answer {status} within {bound:?}, but {last:?}");
    }

    /// Returns a client with [`crate::API_KEY`].
    pub fn client(&self) -> Client {
        self.with_key(crate::API_KEY)
    }

    pub fn anonymous(&self) -> Client {
        Client::new(self.address, None, self.options.is_api)
    }

    pub fn with_key(&self, key: &str) -> Client {
        Client::new(self.address, Some(key), self.options.is_api)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Starts to read the stderr of a server with [`Options::unread_stderr`].
    pub fn read_stderr(&mut self) {
        let stderr = self.unread_stderr.take();
        self.readers.extend(stderr.map(|stream| self.logs.follow(stream)));
    }

    /// Resets the peak memory. Returns the current memory, in MiB.
    pub fn reset_peak_memory(&self) -> u64 {
        self.process.reset_peak_memory();
        self.peak_memory()
    }

    /// Sums the peak memory of its processes, in MiB.
    pub fn peak_memory(&self) -> u64 {
        self.process.peak_memory() / 1024
    }

    /// The options of the start. A server with a clone of them has the same state.
    pub fn options(&self) -> &Options {
        &self.options
    }

    pub fn state_dir(&self) -> &StateDir {
        &self.options.state_dir
    }

    /// Stops it with SIGKILL and starts another on the same state.
    pub async fn kill_and_restart(self) -> Self {
        let options = self.options.clone();
        self.kill();
        Self::start(options).await
    }

    /// Sends SIGKILL to all its processes. Returns when they have ended.
    pub fn kill(mut self) {
        self.process.kill();
        join(std::mem::take(&mut self.readers));
    }

    /// Sends SIGTERM to the leader. Returns its exit status and all logs.
    pub async fn terminate(mut self) -> (ExitStatus, Logs) {
        let status = self.process.terminate(STOP_TIMEOUT).await;
        let status = status.unwrap_or_else(|| panic!("still running {STOP_TIMEOUT:?} after SIGTERM"));
        self.process.kill();
        join(std::mem::take(&mut self.readers));
        (status, self.logs.clone())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.process.kill();
            join(std::mem::take(&mut self.readers));
            eprintln!("--- the server's logs ---\n{}\n---", self.logs.text());
        } else {
            documentation::assert_documented(&self.logs);
        }
    }
}

/// Waits for all processes, because a pipe ends when its last holder has ended.
fn join(readers: Vec<JoinHandle<()>>) {
    for reader in readers {
        let _ = reader.join();
    }
}

fn command(options: &Options) -> Command {
    let mut command = match options.open_files {
        None => Command::new(repository::program()),
        Some((soft, hard)) => {
            let mut shell = Command::new("sh");
            let limits = format!("ulimit -S -n {soft} && ulimit -H -n {hard} && exec \"$@\"");
            shell.args(["-c", &limits, "sh"]).arg(repository::program());
            shell
        }
    };
    command.arg("up").arg("--from").arg(&options.manifest);
    command.args(repository::profile().iter().flat_map(|profile| ["--profile", profile]));
    command.args(["--listen", &options.listen]);
    command.arg("--state-dir").arg(options.state_dir.path());
    if let Some(path) = &options.runtime_config {
        command.arg("--runtime-config-file").arg(path);
    }
    command.args(&options.arguments);
    // The environment of the tests must not configure the server.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("SPIN_") || text == "RUNTIME_CONFIG_FILE" {
            command.env_remove(&name);
        }
    }
    for (name, value) in &options.variables {
        command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
    }
    command.current_dir(options.state_dir.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0);
    command
}
