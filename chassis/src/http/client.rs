//! What Spin and trusted proxies say about a request's connection.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};

use super::headers::{X_FORWARDED_FOR, X_FORWARDED_PROTO};
use crate::ports::{SPIN_CLIENT_ADDR, SPIN_FULL_URL};

/// Whether the client used TLS, to the runtime itself or to the outermost trusted proxy.
pub fn came_over_tls(headers: &HeaderMap, trusted_proxies: u8) -> bool {
    // A client may send fields with Spin's names. Spin appends its own, so the last one counts.
    let url = headers.get_all(SPIN_FULL_URL).iter().next_back().and_then(|url| url.to_str().ok());
    url.is_some_and(|url| url.starts_with("https://"))
        || (trusted_proxies > 0 && forwarded_scheme(headers, trusted_proxies) == Some(b"https"))
}

/// Returns the entry of the outermost trusted proxy. Proxies add to the end of the list, or replace it.
fn forwarded_scheme(headers: &HeaderMap, trusted_proxies: u8) -> Option<&[u8]> {
    // As bytes, because a proxy may append its entry to a line from the client that is not text.
    let values = headers.get_all(X_FORWARDED_PROTO).iter().map(HeaderValue::as_bytes);
    let schemes: Vec<_> = values.flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).collect();
    schemes.get(schemes.len().saturating_sub(usize::from(trusted_proxies))).copied()
}

/// Returns the client's network, or `unknown`: requests without an address share one quota.
pub fn client_network(headers: &HeaderMap, trusted_proxies: u8) -> String {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let peer = headers.get_all(SPIN_CLIENT_ADDR).iter().next_back().map(text).unwrap_or_default();
    let forwarded: Vec<_> = headers.get_all(X_FORWARDED_FOR).iter().map(text).collect();
    client_address(&peer, &forwarded.join(","), trusted_proxies).map_or_else(|| "unknown".to_owned(), network)
}

/// Returns the address that the farthest trusted proxy saw. Each proxy appends its peer to `X-Forwarded-For`, so
/// counting from the end skips what the client sent. Without such an element, returns the address of `peer`.
pub fn client_address(peer: &str, forwarded: &str, trusted_proxies: u8) -> Option<IpAddr> {
    let hop = usize::from(trusted_proxies).checked_sub(1);
    let seen = hop.and_then(|hop| forwarded.rsplit(',').nth(hop)).and_then(address);
    seen.or_else(|| address(peer))
}

/// Returns an IPv4 address, or the first 64 bits of an IPv6 address, which belong to one site (RFC 6177 section 2).
pub fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Parses an address with or without a port, and with or without the brackets of IPv6.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().ok()?.into(),
        None => text.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip())).ok()?,
    };
    // An IPv6 socket shows an IPv4 peer as a mapped address.
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn is_tls(url: &'static str, forwarded: &'static [&'static str], trusted_proxies: u8) -> bool {
        let mut headers =
            HeaderMap::from_iter([(HeaderName::from_static(SPIN_FULL_URL), HeaderValue::from_static(url))]);
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
        let mut headers = HeaderMap::from_iter([(
            HeaderName::from_static(SPIN_FULL_URL),
            HeaderValue::from_static("https://example.com/"),
        )]);
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

    #[test]
    fn the_runtime_has_the_last_word_on_the_peer() {
        let headers = |lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            headers
        };
        let forged = headers(&[(SPIN_CLIENT_ADDR, "6.6.6.6:6"), (SPIN_CLIENT_ADDR, "1.2.3.4:5")]);
        assert_eq!(client_network(&forged, 0), "1.2.3.4");
        assert_eq!(client_network(&headers(&[]), 0), "unknown");
        let lines = headers(&[
            (SPIN_CLIENT_ADDR, "1.2.3.4:5"),
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-for", "5.5.5.5, 4.4.4.4"),
        ]);
        for (trusted_proxies, expected) in
            [(0, "1.2.3.4"), (1, "4.4.4.4"), (2, "5.5.5.5"), (3, "6.6.6.6"), (4, "1.2.3.4")]
        {
            assert_eq!(client_network(&lines, trusted_proxies), expected);
        }
        let mut lines = headers(&[("x-forwarded-for", "6.6.6.6, 6.6.6.6")]);
        lines.append("x-forwarded-for", HeaderValue::from_bytes(b"\xff, 5.5.5.5, 4.4.4.4").unwrap());
        assert_eq!(client_network(&lines, 2), "5.5.5.5", "a client hides what the proxies have added");
    }

    fn found(peer: &str, forwarded: &str, trusted_proxies: u8) -> String {
        client_address(peer, forwarded, trusted_proxies).map(network).unwrap_or_default()
    }

    #[test]
    fn without_a_trusted_proxy_the_peer_is_the_client() {
        for forwarded in ["", "6.6.6.6", "6.6.6.6, 7.7.7.7"] {
            assert_eq!(found("1.2.3.4:5678", forwarded, 0), "1.2.3.4", "{forwarded}");
        }
    }

    #[test]
    fn proxies_are_counted_from_the_right() {
        let forwarded = "forged, 6.6.6.6,10.0.0.1 , 10.0.0.2";
        for (trusted_proxies, expected) in [(1, "10.0.0.2"), (2, "10.0.0.1"), (3, "6.6.6.6")] {
            assert_eq!(found("10.9.9.9:80", forwarded, trusted_proxies), expected);
        }
    }

    #[test]
    fn what_no_proxy_has_written_is_not_believed() {
        for (forwarded, trusted_proxies) in [
            ("", 1),
            ("6.6.6.6", 2),
            ("forged", 1),
            ("6.6.6.6,", 1),
            (",6.6.6.6", 2),
            ("6.6.6.6:99999", 1),
            ("::1%lo", 1),
        ] {
            assert_eq!(found("10.9.9.9:80", forwarded, trusted_proxies), "10.9.9.9", "{forwarded}");
        }
    }

    #[test]
    fn addresses_have_many_forms() {
        for (text, expected) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4:80", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::9]:80", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
            ("[1.2.3.4]", ""),
            ("unknown", ""),
            ("", ""),
        ] {
            assert_eq!(found(text, "", 0), expected, "{text}");
            assert_eq!(found("", text, 1), expected, "{text}");
        }
    }

    #[test]
    fn neighbours_in_ipv6_are_one() {
        assert_eq!(found("[2001:db8::1]:1", "", 0), found("[2001:db8::ffff:ffff:ffff:ffff]:2", "", 0));
        assert_ne!(found("[2001:db8::1]:1", "", 0), found("[2001:db8:0:1::1]:1", "", 0));
    }
}
