//! Which form of an answer a client wants.

use axum::http::{HeaderMap, header};
use headers_accept::Accept;
use mediatype::names::_STAR;
use mediatype::{MediaType, MediaTypeBuf};

use super::list::list;

/// What `GET /` can be; the first is taken when the client has no preference.
const PAGES: [&str; 2] = ["application/json", "text/html"];

/// What `GET /metrics` can be, likewise. A client that names a version wants that one only.
const METRICS: [&str; 4] = [
    "text/plain",
    "text/plain; version=0.0.4",
    "application/openmetrics-text",
    "application/openmetrics-text; version=1.0.0",
];

/// Whether `Accept` (RFC 9110 section 12.5.1) prefers HTML to JSON, as a browser's does.
pub fn prefers_html(headers: &HeaderMap) -> bool {
    is_preferred(headers, &PAGES, "html")
}

/// Whether `Accept` prefers OpenMetrics to Prometheus's text, as Prometheus's does.
pub fn prefers_openmetrics(headers: &HeaderMap) -> bool {
    is_preferred(headers, &METRICS, "openmetrics-text")
}

fn is_preferred(headers: &HeaderMap, offered: &[&'static str], subtype: &str) -> bool {
    let Some(accept) = accepted(headers) else {
        return false;
    };
    let offered: Vec<_> = offered.iter().filter_map(|media| MediaType::parse(media).ok()).collect();
    accept.negotiate(&offered).is_some_and(|media| media.subty == subtype)
}

/// `Accept`, if it is a list of media ranges.
fn accepted(headers: &HeaderMap) -> Option<Accept> {
    let accept: Accept = list(headers, &header::ACCEPT).ok()?.parse().ok()?;
    // The library takes any type for `*/html`, which is no media range.
    let is_range = |range: &MediaTypeBuf| range.ty() != _STAR || range.subty() == _STAR;
    let is_valid = accept.media_types().all(is_range);
    is_valid.then_some(accept)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

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
            assert_eq!(prefers_html(&headers), expected, "{accept:?}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }

    #[test]
    fn lines_are_one_list() {
        let mut headers = HeaderMap::new();
        for line in ["application/json;q=0.5", "text/html"] {
            headers.append(header::ACCEPT, HeaderValue::from_static(line));
        }
        assert!(prefers_html(&headers));
    }

    #[test]
    fn prometheus_gets_openmetrics() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, expected) in [
            (prometheus, true),
            ("application/openmetrics-text", true),
            ("text/plain;version=0.0.4,application/openmetrics-text;q=0.1", false),
            ("*/*", false),
            ("text/plain", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(prefers_openmetrics(&headers), expected, "{accept}");
        }
    }
}
