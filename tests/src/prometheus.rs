//! A real Prometheus, with the repository's configuration.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::ProcessGroup;
use crate::{Logs, REQUEST_TIMEOUT, Sample, repository};

/// Timeout of a start on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A server that scrapes and evaluates rules five times a second. Stops when dropped.
#[derive(Debug)]
pub struct Prometheus {
    _process: ProcessGroup,
    http: reqwest::Client,
    address: SocketAddr,
    _directory: TempDir,
}

impl Prometheus {
    /// Starts a server with these targets and the repository's rules.
    pub async fn start(targets: &[SocketAddr]) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let configuration = directory.path().join("prometheus.yml");
        fs::write(&configuration, configured(targets)).expect("a file is written");
        let rules = repository::root().join("observability/prometheus/rules");
        std::os::unix::fs::symlink(rules, directory.path().join("rules")).expect("a link is made");

        let mut command = Command::new("prometheus");
        command.arg("--config.file").arg(configuration);
        command.arg("--storage.tsdb.path").arg(directory.path().join("data"));
        command.arg("--web.listen-address=127.0.0.1:0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut process =
            ProcessGroup::spawn(&mut command).expect("prometheus is installed: run hack/check/observability");
        let logs = Logs::default();
        logs.follow(process.leader().stdout.take().expect("a pipe"));
        logs.follow(process.leader().stderr.take().expect("a pipe"));
        let http = reqwest::Client::builder().no_proxy().timeout(REQUEST_TIMEOUT).build().expect("a client");
        let address = ready(&http, &logs).await;
        Self { _process: process, http, address, _directory: directory }
    }

    /// Runs an instant query. An error is the response of Prometheus.
    pub async fn query(&self, query: &str) -> Result<Vec<Sample>, String> {
        let answer = self.get("query", &[("query", query)]).await;
        match answer["data"]["result"].as_array() {
            Some(result) => Ok(result.iter().map(sample).collect()),
            None => Err(answer.to_string()),
        }
    }

    /// Returns the loaded recording and alerting rules.
    pub async fn rules(&self) -> Vec<Value> {
        let answer = self.get("rules", &[]).await;
        let groups = answer["data"]["groups"].as_array().expect("groups");
        groups.iter().flat_map(|group| group["rules"].as_array().expect("rules").clone()).collect()
    }

    /// Returns the type of a metric family, once a target was scraped.
    pub async fn kind(&self, family: &str) -> Option<String> {
        let answer = self.get("metadata", &[("metric", family)]).await;
        answer["data"][family][0]["type"].as_str().map(str::to_owned)
    }

    async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let url = format!("http://{}/api/v1/{path}", self.address);
        let url = Url::parse_with_params(&url, parameters).expect("a URL");
        self.http.get(url).send().await.expect("an answer").json().await.expect("JSON")
    }
}

/// Runs `promtool check metrics`. An error is its output.
pub fn lint(text: &str) -> Result<(), String> {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool is installed: run hack/check/observability");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() && said.is_empty() { Ok(()) } else { Err(said) }
}

/// Returns the repository's configuration with other targets and shorter intervals.
fn configured(targets: &[SocketAddr]) -> String {
    let path = repository::root().join("observability/prometheus/prometheus.yml");
    let text = fs::read_to_string(path).expect("the configuration");
    let targets: Vec<_> = targets.iter().map(|target| format!("\"{target}\"")).collect();
    replaced(&replaced(&text, "\"127.0.0.1:3000\"", &targets.join(", ")), "15s", "200ms")
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from} in {text}");
    text.replace(from, to)
}

async fn ready(http: &reqwest::Client, logs: &Logs) -> SocketAddr {
    let deadline = Instant::now() + START_TIMEOUT;
    while Instant::now() < deadline {
        if let Some(address) = logs.lines().iter().find_map(|line| listening(line))
            && let Ok(answer) = http.get(format!("http://{address}/-/ready")).send().await
            && answer.status().is_success()
        {
            return address;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("Prometheus is not ready:\n{}", logs.text());
}

fn listening(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("msg=\"Listening on\" address=")?;
    rest.split(' ').next()?.parse().ok()
}

fn sample(result: &Value) -> Sample {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut labels: BTreeMap<_, _> =
        result["metric"].as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
    let name = labels.remove("__name__").unwrap_or_default();
    Sample { name, labels, value: text(&result["value"][1]).parse().expect("a number") }
}
