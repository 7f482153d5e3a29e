//! `allowed_outbound_hosts`: the addresses that a component may connect to.

mod pattern;

pub(crate) use pattern::{HostPattern, HostPatternError};
use url::{Host, Url};

/// The allowed hosts of one component. Without a matching pattern, an address is refused.
#[derive(Debug)]
pub(crate) struct AllowedHosts(Result<Vec<HostPattern>, HostPatternError>);

/// Why a component may not connect to an address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("allowed_outbound_hosts lacks it")]
    NotListed,
    #[error("an entry of allowed_outbound_hosts is not valid: {0}")]
    InvalidEntry(HostPatternError),
}

impl AllowedHosts {
    pub(crate) fn new(patterns: Vec<HostPattern>) -> Self {
        Self(Ok(patterns))
    }

    /// Refuses every address, because variables make one of the entries invalid.
    pub(crate) fn invalid(error: HostPatternError) -> Self {
        Self(Err(error))
    }

    /// Checks whether the component may connect to `address`, which gets `default_scheme` if it has no scheme.
    ///
    /// # Errors
    ///
    /// No entry matches, `address` is not a URL, or an entry is not valid.
    pub(crate) fn check(&self, address: &str, default_scheme: &str) -> Result<(), Refusal> {
        let url = if address.contains("://") {
            Url::parse(address).ok()
        } else {
            Url::parse(&format!("{default_scheme}://{address}")).ok()
        };
        // Parsed again, because the URL parser checks the host for some schemes only.
        let target = url.as_ref().and_then(|url| {
            let host = Host::parse(url.host_str()?).ok()?;
            Some((url.scheme(), host, url.port()))
        });
        let Some((scheme, host, port)) = target else {
            return Err(Refusal::NotListed);
        };
        let port = port.or_else(|| pattern::default_port(scheme));
        let patterns = self.0.as_ref().map_err(|error| Refusal::InvalidEntry(error.clone()))?;
        let is_listed = patterns.iter().any(|pattern| pattern.matches(scheme, &host, port));
        is_listed.then_some(()).ok_or(Refusal::NotListed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(pattern: &str, address: &str) -> bool {
        let hosts = AllowedHosts::new(vec![pattern.parse().unwrap()]);
        hosts.check(address, "https").is_ok()
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
        let hosts = AllowedHosts::new(Vec::new());
        assert_eq!(hosts.check("http://example.com", "https"), Err(Refusal::NotListed));
        assert!(!allow("*://*:*", "http://"));
        assert!(!allow("*://*:*", ""));
    }

    #[test]
    fn an_invalid_entry_refuses_every_address() {
        let hosts = AllowedHosts::invalid(HostPatternError::Port);
        assert_eq!(hosts.check("http://example.com", "https"), Err(Refusal::InvalidEntry(HostPatternError::Port)));
        assert_eq!(hosts.check("", "https"), Err(Refusal::NotListed));
    }
}
