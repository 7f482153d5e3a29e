//! One entry of `allowed_outbound_hosts`: `scheme://host[:port]`.

use std::net::IpAddr;
use std::ops::Range;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

const SERVICE_CHAINING_DOMAIN: &str = ".spin.internal";

#[derive(Debug)]
pub(crate) struct HostPattern {
    /// `None` matches any scheme, as `None` in `ports` matches any port.
    scheme: Option<String>,
    host: HostPart,
    ports: Option<Range<u32>>,
}

#[derive(Debug)]
enum HostPart {
    Any,
    /// The parent domain, with a leading dot.
    Subdomain(String),
    Network(IpNet),
    Exactly(Host),
}

#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub(crate) enum HostPatternError {
    #[error("it must have the form scheme://host[:port]")]
    NoScheme,
    #[error("the scheme must be `*` or letters")]
    Scheme,
    #[error("a path is not allowed")]
    Path,
    #[error("`*` is allowed as the whole host or as its first label")]
    Wildcard,
    #[error("the host is not valid: {0}")]
    Host(String),
    #[error("the port must be `*`, a number, or a range such as 80..90")]
    Port,
    #[error("the scheme has no default port, so the port must be written")]
    NoPort,
    #[error("requests to the application itself are for Spin only, not for the runner")]
    OwnApplication,
}

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(HostPatternError::NoScheme)?;
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
        let port = match port.split_once('/') {
            Some((port, "")) => port,
            Some(_) => return Err(HostPatternError::Path),
            None => port,
        };
        Ok(Self { scheme: parse_scheme(scheme)?, host: parse_host(host.trim())?, ports: parse_ports(port, scheme)? })
    }
}

impl HostPattern {
    /// Whether the pattern allows this target. A target without a port needs a pattern for any port.
    pub(super) fn matches(&self, scheme: &str, host: &Host, port: Option<u16>) -> bool {
        let scheme_matches = self.scheme.as_ref().is_none_or(|own| own == scheme);
        let port_matches =
            self.ports.as_ref().is_none_or(|range| port.is_some_and(|port| range.contains(&port.into())));
        scheme_matches && port_matches && self.host.matches(host)
    }
}

impl HostPart {
    fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Subdomain(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Network(network), Host::Ipv4(ip)) => network.contains(&IpAddr::V4(*ip)),
            (Self::Network(network), Host::Ipv6(ip)) => network.contains(&IpAddr::V6(*ip)),
            (Self::Exactly(own), host) => own == host,
            (Self::Subdomain(_) | Self::Network(_), _) => false,
        }
    }
}

pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "mqtt" => Some(1883),
        "mysql" => Some(3306),
        "postgres" => Some(5432),
        "redis" => Some(6379),
        _ => None,
    }
}

fn parse_scheme(scheme: &str) -> Result<Option<String>, HostPatternError> {
    if scheme == "*" {
        return Ok(None);
    }
    if scheme.is_empty() || !scheme.chars().all(char::is_alphabetic) {
        return Err(HostPatternError::Scheme);
    }
    Ok(Some(scheme.to_owned()))
}

fn parse_host(host: &str) -> Result<HostPart, HostPatternError> {
    if host == "*" {
        return Ok(HostPart::Any);
    }
    if let Ok(network) = host.parse::<IpNet>() {
        return Ok(HostPart::Network(network.trunc()));
    }
    let host = host.trim_end_matches('/');
    if host.contains('/') {
        return Err(HostPatternError::Path);
    }
    if matches!(host, "self" | "self.alt") || host.ends_with(SERVICE_CHAINING_DOMAIN) {
        return Err(HostPatternError::OwnApplication);
    }
    let (subdomain, domain) = match host.strip_prefix("*.") {
        Some(domain) => (true, domain),
        None => (false, host),
    };
    if domain.contains('*') {
        return Err(HostPatternError::Wildcard);
    }
    if subdomain {
        return Ok(HostPart::Subdomain(format!(".{domain}")));
    }
    Host::parse(domain).map(HostPart::Exactly).map_err(|error| HostPatternError::Host(error.to_string()))
}

/// A range excludes its end, as in Spin.
fn parse_ports(port: &str, scheme: &str) -> Result<Option<Range<u32>>, HostPatternError> {
    let number = |text: &str| text.parse::<u16>().map_err(|_| HostPatternError::Port);
    let single = |port: u16| u32::from(port)..u32::from(port) + 1;
    match (port, port.split_once("..")) {
        ("*", _) => Ok(None),
        ("", _) => default_port(scheme).map(|port| Some(single(port))).ok_or(HostPatternError::NoPort),
        (_, Some((start, end))) => Ok(Some(number(start)?.into()..number(end)?.into())),
        (port, None) => Ok(Some(single(number(port)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_refused() {
        for (text, expected) in [
            ("", HostPatternError::NoScheme),
            ("*", HostPatternError::NoScheme),
            ("example.com", HostPatternError::NoScheme),
            ("insecure:allow-all", HostPatternError::NoScheme),
            ("{http,https}://x", HostPatternError::Scheme),
            ("://x:1", HostPatternError::Scheme),
            ("http://example.com/path", HostPatternError::Path),
            ("http://example.com:80/path", HostPatternError::Path),
            ("http://a.*.com", HostPatternError::Wildcard),
            ("http://*.*.com", HostPatternError::Wildcard),
            ("http://example.com:http", HostPatternError::Port),
            ("http://example.com:65536", HostPatternError::Port),
            ("http://example.com:{80,81}", HostPatternError::Port),
            ("http://example.com:80..x", HostPatternError::Port),
            ("*://example.com", HostPatternError::NoPort),
            ("tcp://example.com", HostPatternError::NoPort),
            ("http://self", HostPatternError::OwnApplication),
            ("http://other.spin.internal", HostPatternError::OwnApplication),
            ("http://*.spin.internal", HostPatternError::OwnApplication),
        ] {
            assert_eq!(text.parse::<HostPattern>().unwrap_err(), expected, "{text}");
        }
        let empty = "http://".parse::<HostPattern>().unwrap_err();
        assert!(matches!(empty, HostPatternError::Host(_)));
    }
}
