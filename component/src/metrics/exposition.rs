//! Metrics as text, for Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::catalogue::{FAMILIES, FROM_THE_START, Family, Kind};
use super::histogram::{BOUNDS, SUM};
use crate::ports::{Delta, Totals};

/// How metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The text format of Prometheus, version 0.0.4.
    Text,
    /// OpenMetrics, version 1.0.0.
    OpenMetrics(Escaping),
}

/// Escaping scheme for names with other characters than letters, digits, `_` and `:`. No name here has any, so the text
/// is the same under both; the specification requires the `Content-Type` to name the scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escaping {
    /// Each becomes `_`. The default of the specification.
    Underscores,
    /// No escaping.
    AllowUtf8,
}

impl Format {
    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics(Escaping::Underscores) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            }
            Self::OpenMetrics(Escaping::AllowUtf8) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            }
        }
    }
}

/// What is asked for at the moment of a scrape, and kept by nobody.
#[derive(Clone, Debug)]
pub struct Gauges<'a> {
    /// The version of the API.
    pub version: &'a str,
    /// The name of the environment.
    pub env: &'a str,
    /// How many users there are, and how many tocos they have in all; nothing when the store did
    /// not say.
    pub totals: Option<Totals>,
    /// Whether this scrape could write and read the pod's counts.
    pub is_store_up: bool,
}

/// Formats all metrics: the pod's counts, unless they are unavailable, and the gauges.
pub fn expose(counted: Option<&[Delta]>, gauges: &Gauges<'_>, format: Format) -> String {
    let mut text = String::new();
    write_gauges(&mut text, gauges, format);
    if let Some(counted) = counted {
        write_counted(&mut text, counted, format);
    }
    if format != Format::Text {
        text.push_str("# EOF\n");
    }
    text
}

fn write_counted(text: &mut String, counted: &[Delta], format: Format) {
    let uncounted: Vec<_> = FROM_THE_START
        .iter()
        .filter(|series| !counted.iter().any(|delta| delta.series == **series))
        .map(|series| Delta { series: (*series).to_owned(), part: 0, value: 0.0 })
        .collect();
    for family in &FAMILIES {
        let series: Vec<_> = counted.iter().chain(&uncounted).filter(|delta| labels(delta, family).is_some()).collect();
        match family.kind {
            Kind::Counter => write_counter(text, family, &series, format),
            Kind::Histogram => write_histogram(text, family, &series),
        }
    }
}

fn write_gauges(text: &mut String, gauges: &Gauges<'_>, format: Format) {
    let (name, kind) = match format {
        Format::Text => ("mini_api_info", "gauge"),
        Format::OpenMetrics(_) => ("mini_api", "info"),
    };
    write_head(text, name, "What runs here.", kind);
    let (version, env) = (escape(gauges.version), escape(gauges.env));
    line(text, format_args!(r#"mini_api_info{{env="{env}",version="{version}"}} 1"#));
    write_head(text, "metric_store_up", "Whether this scrape could write and read the counts of the pod.", "gauge");
    line(text, format_args!("metric_store_up {}", u8::from(gauges.is_store_up)));
    if let Some(Totals { users, tocos }) = gauges.totals {
        write_head(text, "tocos_users", "Users, in the whole database.", "gauge");
        line(text, format_args!("tocos_users {users}"));
        // No counter, as it may go down; a linter takes no gauge of such a name.
        let untyped = if format == Format::Text { "untyped" } else { "unknown" };
        write_head(text, "tocos_total", "Tocos that all users have together.", untyped);
        line(text, format_args!("tocos_total {tocos}"));
    }
}

fn write_counter(text: &mut String, family: &Family, series: &[&Delta], format: Format) {
    let name = family.name;
    match format {
        Format::Text => write_head(text, &format!("{name}_total"), family.help, "counter"),
        Format::OpenMetrics(_) => write_head(text, name, family.help, "counter"),
    }
    for delta in series {
        let labels = labels(delta, family).unwrap_or_default();
        line(text, format_args!("{name}_total{{{labels}}} {}", delta.value));
    }
}

fn write_histogram(text: &mut String, family: &Family, series: &[&Delta]) {
    let name = family.name;
    write_head(text, name, family.help, "histogram");
    let mut by_labels = BTreeMap::<&str, BTreeMap<i64, f64>>::new();
    for delta in series {
        let labels = labels(delta, family).unwrap_or_default();
        by_labels.entry(labels).or_default().insert(delta.part, delta.value);
    }
    for (labels, parts) in by_labels {
        let mut count = 0.0;
        let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        for (part, bound) in (0..).zip(bounds) {
            count += parts.get(&part).copied().unwrap_or_default();
            line(text, format_args!(r#"{name}_bucket{{{labels},le="{bound}"}} {count}"#));
        }
        let sum = parts.get(&SUM).copied().unwrap_or_default();
        line(text, format_args!("{name}_sum{{{labels}}} {sum}"));
        line(text, format_args!("{name}_count{{{labels}}} {count}"));
    }
}

/// The labels of a series, if it belongs to the family.
fn labels<'a>(delta: &'a Delta, family: &Family) -> Option<&'a str> {
    delta.series.strip_prefix(family.name)?.strip_prefix('{')?.strip_suffix('}')
}

fn write_head(text: &mut String, name: &str, help: &str, kind: &str) {
    line(text, format_args!("# HELP {name} {help}"));
    line(text, format_args!("# TYPE {name} {kind}"));
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}

fn escape(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(series: &str, part: i64, value: f64) -> Delta {
        Delta { series: series.into(), part, value }
    }

    fn sample() -> Vec<Delta> {
        vec![
            delta(r#"http_requests{endpoint="/a",method="GET",status="200"}"#, 0, 3.0),
            delta(r#"http_request_duration_seconds{endpoint="/a",method="GET",status="200"}"#, SUM, 0.75),
            delta(r#"http_request_duration_seconds{endpoint="/a",method="GET",status="200"}"#, 0, 1.0),
            delta(r#"http_request_duration_seconds{endpoint="/a",method="GET",status="200"}"#, 2, 2.0),
        ]
    }

    const GAUGES: Gauges<'static> =
        Gauges { version: "1.2.3", env: "a\"b\\", totals: Some(Totals { users: 3, tocos: 600 }), is_store_up: true };

    const OPEN_METRICS: Format = Format::OpenMetrics(Escaping::Underscores);

    #[test]
    fn text_has_the_suffix_in_the_name() {
        let text = expose(Some(&sample()), &GAUGES, Format::Text);
        assert!(text.contains("# TYPE http_requests_total counter\n"), "{text}");
        assert!(text.contains("http_requests_total{endpoint=\"/a\",method=\"GET\",status=\"200\"} 3\n"), "{text}");
        assert!(text.contains("# TYPE mini_api_info gauge\n"), "{text}");
        assert!(text.contains("tocos_users 3\n") && text.contains("tocos_total 600\n"), "{text}");
        assert!(!text.contains("# EOF"), "{text}");
    }

    #[test]
    fn openmetrics_has_it_in_the_samples_only_and_an_end() {
        let text = expose(Some(&sample()), &GAUGES, OPEN_METRICS);
        assert!(text.contains("# TYPE http_requests counter\n"), "{text}");
        assert!(text.contains("http_requests_total{"), "{text}");
        assert!(text.contains("# TYPE mini_api info\n"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn without_counts_only_the_gauges_are_exposed() {
        let gauges = Gauges { is_store_up: false, totals: None, ..GAUGES };
        for (format, end) in [(Format::Text, "metric_store_up 0\n"), (OPEN_METRICS, "metric_store_up 0\n# EOF\n")] {
            let text = expose(None, &gauges, format);
            assert!(text.contains("mini_api_info{") && text.ends_with(end), "{text}");
            assert!(!text.contains("http_requests"), "a counter must not decrease to 0: {text}");
        }
    }

    #[test]
    fn buckets_are_cumulative() {
        let text = expose(Some(&sample()), &GAUGES, Format::Text);
        let labels = r#"endpoint="/a",method="GET",status="200""#;
        for (bound, count) in [("0.0005", 1), ("0.001", 1), ("0.0025", 3), ("10", 3), ("+Inf", 3)] {
            let expected = format!("http_request_duration_seconds_bucket{{{labels},le=\"{bound}\"}} {count}\n");
            assert!(text.contains(&expected), "{expected} in {text}");
        }
        assert!(text.contains(&format!("http_request_duration_seconds_sum{{{labels}}} 0.75\n")), "{text}");
        assert!(text.contains(&format!("http_request_duration_seconds_count{{{labels}}} 3\n")), "{text}");
    }

    #[test]
    fn label_values_are_escaped() {
        let text = expose(Some(&[]), &GAUGES, Format::Text);
        assert!(text.contains("mini_api_info{env=\"a\\\"b\\\\\",version=\"1.2.3\"} 1\n"), "{text}");
    }
}
