use std::fmt::Write;
use std::iter;

use super::catalogue::{FAMILIES, Family, Kind};
use super::pending::{BOUNDS, SUM};
use crate::ports::Delta;

/// The metric with the version and the environment, without its suffix.
const INFO: &str = "mini_api";

/// Set by `adapters/sqlite/schema.sql`.
const CREATED: &str = "metric_store_created_seconds";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The text format of Prometheus, version 0.0.4.
    Text,
    /// OpenMetrics, version 1.0.0, with the default escaping scheme, `underscores`.
    OpenMetrics,
    /// OpenMetrics, version 1.0.0, with the escaping scheme `allow-utf-8`.
    OpenMetricsUtf8,
}

impl Format {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
            Self::OpenMetricsUtf8 => "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        }
    }
}

pub struct Scrape<'a> {
    pub version: &'a str,
    pub env: &'a str,
    pub gauges: Vec<Gauge>,
    pub families: &'a [Family],
    /// The stored counts, sorted by series; `None` if they are unavailable.
    pub counted: Option<&'a [Delta]>,
    pub is_store_up: bool,
}

/// A number that is read at a scrape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// If it ends in `_total`, the gauge is exposed without a type, because linters refuse a gauge with such a name.
    pub name: &'static str,
    pub help: &'static str,
    pub value: i128,
}

pub fn expose(scrape: &Scrape<'_>, format: Format) -> String {
    let mut text = String::new();
    write_gauges(&mut text, scrape, format);
    if let Some(counted) = scrape.counted {
        write_created(&mut text, counted);
        for family in FAMILIES.iter().chain(scrape.families) {
            write_family(&mut text, family, counted, format);
        }
    }
    if format != Format::Text {
        text.push_str("# EOF\n");
    }
    text
}

fn write_gauges(text: &mut String, scrape: &Scrape<'_>, format: Format) {
    let (name, kind) = match format {
        Format::Text => (format!("{INFO}_info"), "gauge"),
        Format::OpenMetrics | Format::OpenMetricsUtf8 => (INFO.to_owned(), "info"),
    };
    write_head(text, &name, "What runs here.", kind);
    let (version, env) = (escape(scrape.version), escape(scrape.env));
    line(text, format_args!(r#"{INFO}_info{{env="{env}",version="{version}"}} 1"#));
    let help = "Whether this scrape could write and read the counts of the pod.";
    let store_up = Gauge { name: "metric_store_up", help, value: scrape.is_store_up.into() };
    for Gauge { name, help, value } in iter::once(&store_up).chain(&scrape.gauges) {
        let kind = match format {
            _ if !name.ends_with("_total") => "gauge",
            Format::Text => "untyped",
            Format::OpenMetrics | Format::OpenMetricsUtf8 => "unknown",
        };
        write_head(text, name, help, kind);
        line(text, format_args!("{name} {value}"));
    }
}

fn write_created(text: &mut String, counted: &[Delta]) {
    if let Some(Delta { value, .. }) = counted.iter().find(|delta| labels(&delta.series, CREATED).is_some()) {
        write_head(text, CREATED, "When this pod began to count, in seconds since 1970.", "gauge");
        line(text, format_args!("{CREATED} {value}"));
    }
}

fn write_family(text: &mut String, Family { name, help, kind, initial }: &Family, counted: &[Delta], format: Format) {
    let of_series = counted.chunk_by(|one, next| one.series == next.series);
    let known = of_series.filter_map(|parts| Some((labels(&parts.first()?.series, name)?, parts)));
    match kind {
        Kind::Counter => {
            let suffix = if format == Format::Text { "_total" } else { "" };
            write_head(text, &format!("{name}{suffix}"), help, "counter");
            let is_uncounted = |series: &&&str| !counted.iter().any(|delta| delta.series == **series);
            let uncounted =
                initial.iter().filter(is_uncounted).filter_map(|series| Some((labels(series, name)?, &[][..])));
            for (labels, parts) in known.chain(uncounted) {
                line(text, format_args!("{name}_total{{{labels}}} {}", part(parts, 0)));
            }
        }
        Kind::Histogram => {
            write_head(text, name, help, "histogram");
            known.for_each(|(labels, parts)| write_histogram(text, name, labels, parts));
        }
    }
}

fn write_histogram(text: &mut String, name: &str, labels: &str, parts: &[Delta]) {
    let mut count = 0.0;
    for (number, bound) in (0..).zip(BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()])) {
        count += part(parts, number);
        line(text, format_args!(r#"{name}_bucket{{{labels},le="{bound}"}} {count}"#));
    }
    line(text, format_args!("{name}_sum{{{labels}}} {}", part(parts, SUM)));
    line(text, format_args!("{name}_count{{{labels}}} {count}"));
}

fn labels<'a>(series: &'a str, family: &str) -> Option<&'a str> {
    // A series without labels is the family's name alone.
    let labels = series.strip_prefix(family)?;
    if labels.is_empty() { Some(labels) } else { labels.strip_prefix('{')?.strip_suffix('}') }
}

fn part(parts: &[Delta], number: i64) -> f64 {
    parts.iter().find(|delta| delta.part == number).map_or(0.0, |delta| delta.value)
}

fn write_head(text: &mut String, name: &str, help: &str, kind: &str) {
    line(text, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    let _ = writeln!(text, "{arguments}");
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
            delta("metric_store_created_seconds{}", 0, 1_795_694_000.125),
        ]
    }

    fn text(counted: Option<&[Delta]>, format: Format) -> String {
        let gauge = |name, value| Gauge { name, help: "h", value };
        let gauges = vec![gauge("things", 3), gauge("things_total", 600)];
        let is_store_up = counted.is_some();
        expose(&Scrape { version: "1.2.3", env: "a\"b\\", gauges, families: &[], counted, is_store_up }, format)
    }

    #[test]
    fn text_has_the_suffix_in_the_name() {
        let text = text(Some(&sample()), Format::Text);
        assert!(text.contains("# TYPE http_requests_total counter\n"), "{text}");
        assert!(text.contains("http_requests_total{endpoint=\"/a\",method=\"GET\",status=\"200\"} 3\n"), "{text}");
        assert!(text.contains("# TYPE mini_api_info gauge\n"), "{text}");
        assert!(text.contains("# TYPE things gauge\nthings 3\n"), "{text}");
        assert!(text.contains("gauge\nmetric_store_created_seconds 1795694000.125\n"), "{text}");
        assert!(text.contains("# TYPE things_total untyped\nthings_total 600\n"), "{text}");
        assert!(!text.contains("# EOF"), "{text}");
    }

    #[test]
    fn openmetrics_has_it_in_the_samples_only_and_an_end() {
        let text = text(Some(&sample()), Format::OpenMetrics);
        assert!(text.contains("# TYPE http_requests counter\n"), "{text}");
        assert!(text.contains("http_requests_total{"), "{text}");
        assert!(text.contains("# TYPE mini_api info\n"), "{text}");
        assert!(text.contains("# TYPE things_total unknown\n"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn without_counts_only_the_gauges_are_exposed() {
        for format in [Format::Text, Format::OpenMetrics] {
            let text = text(None, format);
            assert!(text.contains("mini_api_info{") && text.contains("metric_store_up 0\n"), "{text}");
            assert!(!text.contains("http_requests"), "a counter must not decrease to 0: {text}");
        }
    }

    #[test]
    fn a_family_of_the_api_has_its_series_from_the_start() {
        let initial = &[r#"moves{outcome="done"}"#, r#"moves{outcome="refused"}"#];
        let families = &[Family { name: "moves", help: "h", kind: Kind::Counter, initial }];
        let counted = &[delta(initial[0], 0, 2.0)];
        let scrape =
            Scrape { version: "", env: "", gauges: vec![], families, counted: Some(counted), is_store_up: true };
        let text = expose(&scrape, Format::Text);
        for line in ["moves_total{outcome=\"done\"} 2\n", "moves_total{outcome=\"refused\"} 0\n"] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn buckets_are_cumulative() {
        let text = text(Some(&sample()), Format::Text);
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
        let text = text(Some(&[]), Format::Text);
        assert!(text.contains("mini_api_info{env=\"a\\\"b\\\\\",version=\"1.2.3\"} 1\n"), "{text}");
    }
}
