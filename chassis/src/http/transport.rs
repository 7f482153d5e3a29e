//! How a request came to the application.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::ports;

/// The URL as the runtime has seen it.
const SPIN_FULL_URL: HeaderName = HeaderName::from_static(ports::SPIN_FULL_URL);

/// The scheme as a proxy has seen it.
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Whether the client spoke TLS: to the runtime itself, or to the outermost of the trusted proxies.
pub fn came_over_tls(headers: &HeaderMap, trusted_proxies: u8) -> bool {
    let mut urls = headers.get_all(SPIN_FULL_URL).iter();
    let url = urls.next_back().and_then(|url| url.to_str().ok()).unwrap_or_default();
    url.starts_with("https://") || (trusted_proxies > 0 && forwarded_scheme(headers, trusted_proxies) == Some(b"https"))
}

/// Proxies add to the end of the list, or replace it: what counts is the outermost trusted entry.
fn forwarded_scheme(headers: &HeaderMap, trusted_proxies: u8) -> Option<&[u8]> {
    // By bytes: a proxy may have added its entry to a line of the client's that is no text.
    let values = headers.get_all(X_FORWARDED_PROTO).iter().map(HeaderValue::as_bytes);
    let schemes: Vec<_> = values.flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).collect();
    schemes.get(schemes.len().saturating_sub(usize::from(trusted_proxies))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_tls(url: &'static str, forwarded: &'static [&'static str], trusted_proxies: u8) -> bool {
        let mut headers = HeaderMap::from_iter([(SPIN_FULL_URL, HeaderValue::from_static(url))]);
        for value in forwarded {
            headers.append(X_FORWARDED_PROTO, HeaderValue::from_static(value));
        }
        came_over_tls(&headers, trusted_proxies)
    }

    #[test]
    fn the_runtime_knows_of_its_own_tls() {
        assert!(is_tls("https://example.com/", &[], 0));
        assert!(!is_tls("http://example.com/https://", &[], 0));
    }

    #[test]
    fn a_client_is_not_believed() {
        let mut headers = HeaderMap::from_iter([(SPIN_FULL_URL, HeaderValue::from_static("https://example.com/"))]);
        assert!(came_over_tls(&headers, 0));
        headers.append(SPIN_FULL_URL, HeaderValue::from_static("http://example.com/"));
        assert!(!came_over_tls(&headers, 0));
    }

    #[test]
    fn a_proxy_is_believed_as_far_as_it_is_trusted() {
        let url = "http://pod:3000/";
        assert!(!is_tls(url, &["https"], 0));
        assert!(is_tls(url, &["https"], 1));
        assert!(!is_tls(url, &["https, http"], 1), "the client's own entry is not the proxy's");
        assert!(is_tls(url, &["https, http"], 2));
        assert!(is_tls(url, &["http", "https"], 1));
        assert!(is_tls(url, &["https"], 2), "the inner proxy may have replaced the list");
        assert!(!is_tls(url, &[], 1));
        let mut headers = HeaderMap::from_iter([(X_FORWARDED_PROTO, HeaderValue::from_static("https, https"))]);
        headers.append(X_FORWARDED_PROTO, HeaderValue::from_bytes(b"\xff, http").unwrap());
        assert!(!came_over_tls(&headers, 1), "a client hides what the proxy has added");
    }
}
