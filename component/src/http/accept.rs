//! Which form of an answer a client wants.

use axum::http::{HeaderMap, header};
use headers_accept::Accept;
use mediatype::MediaType;
use mediatype::names::{APPLICATION, HTML, JSON, TEXT};

/// What `GET /` can be; the first is taken when the client has no preference.
const OFFERED: [MediaType<'static>; 2] = [MediaType::new(APPLICATION, JSON), MediaType::new(TEXT, HTML)];

/// Whether `Accept` (RFC 9110 section 12.5.1) prefers HTML to JSON, as a browser's does.
pub fn prefers_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let Some(Ok(accept)) = accept.map(str::parse::<Accept>) else {
        return false;
    };
    accept.negotiate(&OFFERED).is_some_and(|media| media.subty == HTML)
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
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(prefers_html(&headers), expected, "{accept:?}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }
}
