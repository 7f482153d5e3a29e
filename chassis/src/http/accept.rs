//! Negotiation of representations (RFC 9110 section 12.5.1).

use axum::http::{HeaderMap, HeaderValue, header};
use headers_accept::Accept;
use mediatype::names::_STAR;
use mediatype::{MediaType, MediaTypeBuf};

use super::headers::list;
use crate::metrics::Format;

/// Representations of pages and problems. The first is the default.
const PAGES: [(&str, bool); 2] = [("application/json", false), ("text/html", true)];

/// Representations of `GET /metrics`, one for each set of parameters, because a media range matches only its own.
const METRICS: [(&str, Format); 8] = [
    ("text/plain", Format::Text),
    ("text/plain; version=0.0.4", Format::Text),
    // Sent by Prometheus 3.0 to 3.3.
    ("text/plain; version=0.0.4; escaping=allow-utf-8", Format::Text),
    ("text/plain; version=0.0.4; escaping=underscores", Format::Text),
    ("application/openmetrics-text", Format::OpenMetrics),
    ("application/openmetrics-text; version=1.0.0", Format::OpenMetrics),
    ("application/openmetrics-text; version=1.0.0; escaping=underscores", Format::OpenMetrics),
    ("application/openmetrics-text; version=1.0.0; escaping=allow-utf-8", Format::OpenMetricsUtf8),
];

/// Whether `Accept` names HTML and prefers it to JSON. A request that does not name HTML costs only the search for it.
pub fn is_browser(headers: &HeaderMap) -> bool {
    let names_html = |value: &HeaderValue| value.as_bytes().windows(9).any(|part| part == b"text/html");
    headers.get(header::ACCEPT).is_some_and(names_html) && negotiate(headers, &PAGES).unwrap_or_default()
}

pub fn metrics_format(headers: &HeaderMap) -> Format {
    negotiate(headers, &METRICS).unwrap_or(Format::Text)
}

fn negotiate<T: Copy>(headers: &HeaderMap, offered: &'static [(&str, T)]) -> Option<T> {
    let accept: Accept = list(headers, &header::ACCEPT).ok()?.parse().ok()?;
    // The library matches `*/html` with any type, but it is not a media range.
    let is_range = |range: &MediaTypeBuf| range.ty() != _STAR || range.subty() == _STAR;
    if !accept.media_types().all(is_range) {
        return None;
    }
    let media: Vec<_> = offered.iter().filter_map(|(media, _)| MediaType::parse(media).ok()).collect();
    let preferred = accept.negotiate(&media)?;
    let index = media.iter().position(|media| media == preferred)?;
    offered.get(index).map(|(_, representation)| *representation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_preference_for_html_gets_html() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("text/html", true),
            ("text/*", true),
            ("application/json;q=0.5, text/html;q=0.6", true),
            ("application/json;q=0.6, text/html;q=0.5", false),
            ("application/json", false),
            ("*/*", false),
            ("image/png", false),
            ("", false),
            ("nonsense", false),
            ("*/html", false),
            ("text/html, */l;q=0.1", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(negotiate(&headers, &PAGES).unwrap_or_default(), expected, "{accept:?}");
        }
        assert_eq!(negotiate(&HeaderMap::new(), &PAGES), None);
    }

    #[test]
    fn lines_are_one_list() {
        let mut headers = HeaderMap::new();
        for line in ["application/json;q=0.5", "text/html"] {
            headers.append(header::ACCEPT, HeaderValue::from_static(line));
        }
        assert_eq!(negotiate(&headers, &PAGES), Some(true));
    }

    #[test]
    fn prometheus_gets_openmetrics() {
        for (accept, expected) in [
            // Prometheus 2.42, 2.55, 3.0 to 3.3, 3.x, 3.x with `metric_name_escaping_scheme: underscores`, and with
            // native histograms.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Format::OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
                text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Format::OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,\
                text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2",
                Format::OpenMetricsUtf8,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Format::OpenMetricsUtf8,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,\
                application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=underscores;q=0.4,\
                text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Format::OpenMetrics,
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
                application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                Format::OpenMetricsUtf8,
            ),
            ("application/openmetrics-text", Format::OpenMetrics),
        ] {
            assert_eq!(format_for(accept), expected, "{accept}");
        }
    }

    #[test]
    fn others_get_text() {
        for accept in [
            "*/*",
            "text/plain",
            "text/plain;version=0.0.4,application/openmetrics-text;q=0.1",
            "text/plain;version=0.0.4;escaping=underscores;q=0.5,application/openmetrics-text;q=0.1",
            // `scrape_protocols` that prefer text.
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,\
            application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.3",
            // The scheme `dots` writes `_` as `__`, which is not supported.
            "application/openmetrics-text;version=1.0.0;escaping=dots;q=0.6,\
            application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=dots;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            "application/openmetrics-text;version=0.0.1",
            "image/png",
            "nonsense",
        ] {
            assert_eq!(format_for(accept), Format::Text, "{accept}");
        }
        assert_eq!(metrics_format(&HeaderMap::new()), Format::Text);
    }

    fn format_for(accept: &'static str) -> Format {
        metrics_format(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
    }
}
