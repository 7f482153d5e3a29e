//! A real nginx, with the repository's configuration.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::process::ProcessGroup;
use crate::{Answer, Logs, REQUEST_TIMEOUT, repository, rules};

/// Timeout of a start, the first of which may install nginx.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum number of ports to try.
const ATTEMPTS: usize = 10;

/// The addresses of the replicas.
#[derive(Clone, Copy, Debug)]
enum Replicas<'a> {
    /// At these addresses: those that serve, and those of the next version.
    Fixed(&'a [SocketAddr], &'a [SocketAddr]),
    /// At the addresses that this DNS server gives for `api` and `api-next`, on this port.
    Named(SocketAddr, u16),
}

/// A load balancer. Stops when dropped, and prints its log if the test has failed.
#[derive(Debug)]
pub struct Nginx {
    process: ProcessGroup,
    address: SocketAddr,
    logs: Logs,
    directory: TempDir,
}

/// A client of nginx with an address of the loopback interface.
#[derive(Clone, Debug)]
pub struct ProxyClient {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
}

impl Nginx {
    /// Starts nginx with the configuration of `deploy/`, in front of these servers.
    pub async fn start(servers: &[SocketAddr]) -> Self {
        Self::start_with_next(servers, servers).await
    }

    /// Starts it with other servers of the next version.
    pub async fn start_with_next(servers: &[SocketAddr], next: &[SocketAddr]) -> Self {
        Self::start_with(Replicas::Fixed(servers, next)).await
    }

    /// Starts nginx 1.27.3 or later, which resolves `api` and `api-next` with this DNS server.
    pub async fn start_resolving(dns: SocketAddr, port: u16) -> Self {
        Self::start_with(Replicas::Named(dns, port)).await
    }

    async fn start_with(replicas: Replicas<'_>) -> Self {
        for _ in 0..ATTEMPTS {
            // Below the ephemeral ports of Linux, so that no connection takes it in between.
            let address = SocketAddr::from(([127, 0, 0, 1], fastrand::u16(20_000..32_000)));
            if TcpStream::connect(address).await.is_err()
                && let Some(started) = Self::try_start(address, replicas).await
            {
                return started;
            }
        }
        panic!("no port is free");
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A line for each request, and errors.
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Moves new requests to the next version.
    pub fn switch_to_next(&self) {
        fs::create_dir(self.directory.path().join("next")).expect("no switch before");
    }

    /// Moves new requests back.
    pub fn switch_back(&self) {
        fs::remove_dir(self.directory.path().join("next")).expect("a switch before");
    }

    /// Waits for the line of the request with this id.
    pub async fn line(&self, request_id: &str) -> Value {
        let is_it = |record: &Value| record["request_id"] == request_id;
        self.logs.wait_for(request_id, |line| crate::record(line).is_some_and(|record| is_it(&record))).await;
        self.logs.records().into_iter().find(is_it).expect("a line that was there")
    }

    pub fn client(&self, from: impl Into<IpAddr>, key: Option<&str>) -> ProxyClient {
        let http = reqwest::Client::builder().no_proxy().timeout(REQUEST_TIMEOUT).local_address(from.into());
        let http = http.build().expect("a client without TLS");
        ProxyClient { http, base: format!("http://{}", self.address), key: key.map(str::to_owned) }
    }

    async fn try_start(address: SocketAddr, replicas: Replicas<'_>) -> Option<Self> {
        let directory = TempDir::new().expect("a temporary directory");
        configure(directory.path(), address, replicas);
        let mut command = Command::new(repository::root().join("hack/servers/nginx"));
        command.arg("-p").arg(directory.path()).arg("-c").arg(directory.path().join("nginx.conf"));
        command.args(["-e", "stderr"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut process = ProcessGroup::spawn(&mut command).expect("hack/servers/nginx runs");
        let logs = Logs::default();
        logs.follow(process.leader().stdout.take().expect("a pipe"));
        logs.follow(process.leader().stderr.take().expect("a pipe"));
        let deadline = Instant::now() + START_TIMEOUT;
        while TcpStream::connect(address).await.is_err() {
            if process.status().is_some() {
                assert!(logs.text().contains("Address already in use"), "nginx does not start:\n{}", logs.text());
                return None;
            }
            assert!(Instant::now() < deadline, "nginx does not listen:\n{}", logs.text());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(Self { process, address, logs, directory })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.process.kill();
        if std::thread::panicking() {
            eprintln!("--- nginx's log ---\n{}\n---", self.logs.text());
        }
    }
}

impl ProxyClient {
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.header("X-API-KEY", key),
            None => request,
        }
    }

    pub fn json(&self, method: &str, path: &str, body: &Value) -> RequestBuilder {
        self.request(method, path).json(body)
    }

    pub async fn get(&self, path: &str) -> Answer {
        Self::send(self.request("GET", path)).await
    }

    /// Panics if the response breaks the rules of the API, whether nginx or the API sent it.
    pub async fn send(request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
        let answer = Answer::read(response).await.unwrap_or_else(|error| panic!("half an answer: {error:?}"));
        rules::assert_kept(&answer);
        answer
    }
}

/// Copies the configuration with other addresses of nginx and the replicas. Keeps the servers' parameters.
fn configure(directory: &Path, address: SocketAddr, replicas: Replicas<'_>) {
    let deploy = repository::root().join("deploy");
    let read = |name: &str| fs::read_to_string(deploy.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let write = |name: &str, text: &str| fs::write(directory.join(name), text).expect("a file is written");
    fs::create_dir(directory.join("nginx")).expect("a directory is made");
    for name in ["nginx.conf", "nginx/problems.conf"] {
        write(name, &read(name));
    }
    write("nginx/listen.conf", &format!("listen {address};\n"));
    for (name, host) in [("nginx/servers.conf", "api"), ("nginx/next.conf", "api-next")] {
        let known = read(name);
        let start = format!("server {host}:3000 resolve ");
        let parameters = known.lines().find_map(|line| line.strip_prefix(&start));
        let parameters = parameters.expect("the replicas of the compose file");
        let text = match replicas {
            Replicas::Fixed(api, next) => {
                let servers = if host == "api" { api } else { next };
                servers.iter().map(|server| format!("server {server} {parameters}\n")).collect()
            }
            Replicas::Named(dns, port) => {
                known.replace("127.0.0.11 ", &format!("{dns} ")).replace(":3000 ", &format!(":{port} "))
            }
        };
        write(name, &text);
    }
}
