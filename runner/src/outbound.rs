//! `allowed_outbound_hosts`: where a component may connect to.

mod pattern;

pub(crate) use pattern::{HostPattern, HostPatternError};
use url::{Host, Url};

/// The allowed hosts of one component. Nothing is allowed unless a pattern matches.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts(Vec<HostPattern>);

impl AllowedHosts {
    pub(crate) fn new(patterns: Vec<HostPattern>) -> Self {
        Self(patterns)
    }

    /// Whether a connection to `address` is allowed. An address without a scheme, as in a database
    /// address, gets `default_scheme`; one that is no URL at all is refused.
    pub(crate) fn allow(&self, address: &str, default_scheme: &str) -> bool {
        let url = if address.contains("://") {
            Url::parse(address).ok()
        } else {
            Url::parse(&format!("{default_scheme}://{address}")).ok()
        };
        // Parsed again, because only some schemes make the URL parser look into the host.
        let target = url.as_ref().and_then(|url| {
            let host = Host::parse(url.host_str()?).ok()?;
            Some((url.scheme(), host, url.port()))
        });
        let Some((scheme, host, port)) = target else {
            return false;
        };
        let port = port.or_else(|| pattern::default_port(scheme));
        self.0.iter().any(|pattern| pattern.matches(scheme, &host, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(pattern: &str, address: &str) -> bool {
        let hosts = AllowedHosts::new(vec![pattern.parse().unwrap()]);
        hosts.allow(address, "https")
    }

    #[test]
    fn matches_like_spin() {
        for (pattern, address, expected) in [
            ("http://example.com", "http://example.com/path?q", true),
            ("http://example.com", "http://EXAMPLE.com:80/", true),
            ("http://example.com", "https://example.com/", false),
            ("http://example.com", "http://example.com:8080/", false),
            ("http://example.com", "http://www.example.com/", false),
            ("http://example.com:8080/", "http://example.com:8080", true),
            ("https://example.com", "example.com", true),
            ("http://*", "http://any.host/", true),
            ("http://*", "http://any.host:81/", false),
            ("*://example.com:*", "redis://example.com:6379", true),
            ("*://*:*", "tcp://10.0.0.1:1", true),
            ("https://*.example.com", "https://a.b.example.com", true),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://badexample.com", false),
            ("http://127.0.0.1:80..90", "http://127.0.0.1:89", true),
            ("http://127.0.0.1:80..90", "http://127.0.0.1:90", false),
            ("http://10.0.0.0/8:80", "http://10.1.2.3", true),
            ("http://10.0.0.0/8:80", "http://11.1.2.3", false),
            ("http://10.0.0.0/8:80", "http://host", false),
            ("http://[::1]:80", "http://[::1]/", true),
            ("postgres://db", "postgres://user:p%40ss@db/app", true),
            ("postgres://db", "postgres://db:5433/app", false),
            ("postgres://*.db", "postgres://127.0.0.1", false),
            ("tcp://db:1", "tcp://db", false),
        ] {
            assert_eq!(allow(pattern, address), expected, "{pattern} {address}");
        }
    }

    #[test]
    fn no_pattern_allows_nothing() {
        assert!(!AllowedHosts::default().allow("http://example.com", "https"));
        assert!(!allow("*://*:*", "http://"));
        assert!(!allow("*://*:*", ""));
    }
}
