//! The text formats of metrics, and their negotiation.

use black_box::{Exposition, Options, Server, lint, repository};

use super::{QUIET, traffic};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
const OPEN_METRICS_UTF8: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8";

/// The `Accept` of Prometheus 2.42 and 3.
const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,\
    application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
    application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
    text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/// The families of the chassis in the text format, with their kinds.
const FAMILIES: [(&str, &str); 14] = [
    ("mini_api_info", "gauge"),
    ("metric_store_up", "gauge"),
    ("metric_store_created_seconds", "gauge"),
    ("http_requests_total", "counter"),
    ("http_request_duration_seconds", "histogram"),
    ("auth_failures_total", "counter"),
    ("authenticated_requests_total", "counter"),
    ("store_operation_duration_seconds", "histogram"),
    ("store_errors_total", "counter"),
    ("rate_limited_total", "counter"),
    ("rate_limiter_errors_total", "counter"),
    ("cache_reads_total", "counter"),
    ("cache_errors_total", "counter"),
    ("instances_total", "counter"),
];

#[tokio::test]
async fn the_form_is_the_one_that_is_preferred() {
    let server = Server::start(Options::api()).await;
    for (accept, expected) in [
        (None, TEXT),
        (Some("*/*"), TEXT),
        (Some("text/plain"), TEXT),
        (Some("text/html,*/*;q=0.5"), TEXT),
        (Some("application/openmetrics-text"), OPEN_METRICS),
        (Some(PROMETHEUS_2), OPEN_METRICS),
        (Some(PROMETHEUS_3), OPEN_METRICS_UTF8),
        (Some("text/plain;version=0.0.4,application/openmetrics-text;q=0.1"), TEXT),
    ] {
        for method in ["GET", "HEAD"] {
            let request = server.anonymous().request(method, "/metrics");
            let request = match accept {
                Some(accept) => request.header("Accept", accept),
                None => request,
            };
            let answer = request.send().await;
            answer.assert_status(200, "without a key");
            assert_eq!(answer.header("Content-Type"), Some(expected), "{method} {accept:?}");
            assert_eq!(answer.header("Vary"), Some("Accept"), "{method} {accept:?}");
            let is_open_metrics = expected != TEXT && method == "GET";
            assert_eq!(answer.text().ends_with("\n# EOF\n"), is_open_metrics, "{method} {accept:?}");
        }
    }
}

#[tokio::test]
async fn every_sample_has_a_kind_and_a_meaning() {
    let server = Server::start(Options::api().environment("staging")).await;
    traffic::send(&server, 100).await;
    tokio::time::sleep(QUIET).await;

    let text = server.anonymous().get("/metrics").send().await;
    lint(text.text()).unwrap();
    let text = Exposition::parse(text.text());
    for (name, kind) in FAMILIES {
        assert_eq!(text.types.get(name).map(String::as_str), Some(kind), "{name}");
    }
    assert_belong(&text, |name, kind| match kind {
        "histogram" => ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).into(),
        _ => vec![name.to_owned()],
    });

    let request = server.anonymous().get("/metrics").header("Accept", "application/openmetrics-text");
    let open = Exposition::parse(request.send().await.text());
    assert_belong(&open, |name, kind| match kind {
        "histogram" => ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).into(),
        "counter" => vec![format!("{name}_total")],
        "info" => vec![format!("{name}_info")],
        _ => vec![name.to_owned()],
    });
    assert_eq!(open.names(), text.names(), "both formats have the same samples");

    let info = text.of("mini_api_info").next().unwrap();
    assert_eq!((info.label("version"), info.label("env")), (repository::version().as_str(), "staging"));
}

#[tokio::test]
async fn switched_off_there_is_nothing() {
    let server = Server::start(Options::api().variable("metrics", "off")).await;
    server.client().get("/hello_world").send().await.assert_status(200, "other routes still work");
    for client in [server.anonymous(), server.client()] {
        client.get("/metrics").send().await.assert_problem(404, "not-found", "off");
    }
}

/// Panics unless every sample is in a family with a kind and a help text, and the chassis's families have samples.
fn assert_belong(told: &Exposition, samples: impl Fn(&str, &str) -> Vec<String>) {
    let names = told.names();
    let expected: Vec<_> = told.types.iter().flat_map(|(name, kind)| samples(name, kind)).collect();
    for name in &names {
        assert!(expected.iter().any(|expected| expected == name), "{name} is of no family");
    }
    let of_chassis = |name: &&String| FAMILIES.iter().any(|(family, _)| name.starts_with(family));
    for name in expected.iter().filter(of_chassis) {
        assert!(names.contains(name.as_str()), "{name} has no sample");
    }
    assert!(told.types.keys().eq(told.helps.keys()), "{:?} {:?}", told.types, told.helps);
}
