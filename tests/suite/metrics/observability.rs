//! `observability/` with a real Prometheus, which scrapes the API.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use black_box::repository::Project;
use black_box::{Options, Prometheus, Server, StateDir, example, repository};
use serde_json::Value;

use super::promql::metrics;
use super::{Counts, counts, scrape, traffic};

/// Time for a few scrapes on a busy machine.
const SCRAPED: Duration = Duration::from_secs(10);

/// Grafana's variable for the interval of a rate.
const INTERVAL: &str = "$__rate_interval";

/// Metrics that Prometheus itself adds for a target.
const OF_PROMETHEUS: [&str; 1] = ["up"];

#[tokio::test]
async fn prometheus_knows_what_the_clients_did() {
    let server = Server::start(Options::api().state(&StateDir::in_memory())).await;
    // Rejects every caller, so that there are failures of every kind.
    let closed = Server::start(Options::api().variable("api_key", "")).await;
    let prometheus = Prometheus::start(&[server.address(), closed.address()]).await;

    let sent = traffic::send(&server, 500).await;
    for path in ["/hello_world", "/readiness"] {
        closed.client().get(path).send().await.assert_status(503, path);
    }
    // A failure of the database, on the server that uses one.
    let rename = format!("ALTER TABLE {} RENAME TO away", example::TABLE);
    server.options().database().execute(&rename).await.unwrap();
    server.client().get(example::LIST).send().await.assert_status(500, "no such table");
    let mut expected = sent;
    *expected.entry(("GET".to_owned(), example::LIST.to_owned(), 500)).or_default() += 1;

    assert_known(&prometheus, &server, &expected).await;
    // A rate needs an increase: the first value that Prometheus gets is none.
    server.client().get("/hello_world").send().await.assert_status(200, "an increase");
    // Only OpenMetrics has this kind.
    assert_eq!(prometheus.kind("mini_api").await.as_deref(), Some("info"));
    let recorded = assert_rules_work(&prometheus).await;
    let mut exposed: BTreeSet<String> = scrape(&server).await.names().into_iter().map(str::to_owned).collect();
    exposed.extend(OF_PROMETHEUS.map(str::to_owned));
    assert_dashboard_shows(&prometheus, &exposed).await;
    exposed.extend(recorded);
    for rule in prometheus.rules().await {
        assert_exposed(rule["query"].as_str().unwrap(), &exposed);
    }
}

/// Waits until Prometheus has the counts of the clients.
async fn assert_known(prometheus: &Prometheus, server: &Server, sent: &Counts) {
    let query = format!("http_requests_total{{job=\"mini-api\",instance=\"{}\"}}", server.address());
    let deadline = Instant::now() + SCRAPED;
    loop {
        let known = counts(prometheus.query(&query).await.unwrap().iter());
        if known == *sent {
            return;
        }
        assert!(Instant::now() < deadline, "{known:?} is not {sent:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Panics unless every rule is evaluated without an error and every alert is helpful. Returns the recorded names.
async fn assert_rules_work(prometheus: &Prometheus) -> Vec<String> {
    let deadline = Instant::now() + SCRAPED;
    let mut rules = prometheus.rules().await;
    while rules.iter().any(|rule| rule["health"] == "unknown") && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(100)).await;
        rules = prometheus.rules().await;
    }
    for rule in &rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
    let (alerts, recording): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| rule["type"] == "alerting");
    assert!(alerts.len() >= 7 && recording.len() >= 7, "{} and {}", alerts.len(), recording.len());
    for alert in &alerts {
        assert_helpful(alert);
    }
    recording.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
}

/// An alert has a severity, a summary, a description, and a section of the operator's manual.
fn assert_helpful(alert: &Value) {
    let severity = alert["labels"]["severity"].as_str();
    assert!(matches!(severity, Some("critical" | "warning")), "{alert}");
    for annotation in ["summary", "description"] {
        assert!(alert["annotations"][annotation].as_str().is_some_and(|text| !text.is_empty()), "{alert}");
    }
    let url = alert["annotations"]["runbook_url"].as_str().unwrap_or_default();
    let branch = format!("https://github.com/{}/blob/main/", Project::read().repository());
    let path = url.strip_prefix(&branch).unwrap_or_else(|| panic!("no page of this repository: {alert}"));
    let (path, anchor) = path.split_once('#').unwrap_or_else(|| panic!("no anchor: {alert}"));
    let text = fs::read_to_string(repository::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(anchor, alert["name"].as_str().unwrap().to_lowercase(), "{alert}");
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    assert!(headings.map(str::to_lowercase).any(|heading| heading == anchor), "no section {anchor} in {path}");
}

/// Panics unless every panel's query has a result, names only exposed metrics, and has no NaN in a second without
/// requests.
async fn assert_dashboard_shows(prometheus: &Prometheus, exposed: &BTreeSet<String>) {
    let path = repository::root().join("observability/grafana/dashboard.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut queries = Vec::new();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        for target in panel["targets"].as_array().unwrap() {
            let query = target["expr"].as_str().unwrap();
            queries.push(query.replace("$namespace", ".*").replace("$instance", ".*"));
        }
    }
    assert!(queries.len() >= 20, "{queries:?}");
    for query in queries.iter().map(|query| query.replace(INTERVAL, "5m")) {
        assert!(!query.contains('$'), "an unknown variable in {query}");
        assert_exposed(&query, exposed);
        assert_answered(prometheus, &query).await;
    }
    // Grafana would show NaN while nobody sends a request.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    for query in queries.iter().map(|query| query.replace(INTERVAL, "1s")) {
        let idle = prometheus.query(&query).await.unwrap();
        assert!(idle.iter().all(|sample| !sample.value.is_nan()), "{query}: {idle:?}");
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if let Some(query) = variable["query"]["query"].as_str() {
            let (selector, _) = query.strip_prefix("label_values(").and_then(|rest| rest.rsplit_once(',')).unwrap();
            assert_exposed(selector, exposed);
        }
    }
}

/// Waits for a result, because a rate needs two scrapes.
async fn assert_answered(prometheus: &Prometheus, query: &str) {
    let deadline = Instant::now() + SCRAPED;
    while prometheus.query(query).await.unwrap().is_empty() {
        assert!(Instant::now() < deadline, "no result for {query}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn assert_exposed(query: &str, exposed: &BTreeSet<String>) {
    let named = metrics(query);
    assert!(!named.is_empty(), "{query} names nothing");
    assert!(named.is_subset(exposed), "{query}: {named:?} are not all of {exposed:?}");
}
