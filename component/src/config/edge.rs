//! What stands between the API and everybody: limits, origins, and how long anything may take.

use std::time::Duration;

use thiserror::Error;

use super::reader::Reader;
use super::settings;
use crate::domain::{KeyName, RateLimit, RateLimitError};

/// How often callers may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitSettings {
    /// `rate_limit`.
    pub limit: RateLimit,
    /// `rate_limit_overrides`: other limits of keys that have a name.
    pub overrides: Vec<(KeyName, RateLimit)>,
    /// `rate_limit_on_error`: whether requests pass while nobody can count them.
    pub is_open_on_error: bool,
}

/// A Redis server.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// `redis_address`: `redis://host:port`, or `rediss` for TLS, without a password.
    pub address: String,
    /// `redis_password`: a secret.
    pub password: String,
}

/// `cors_allowed_origins`: pages of which origins may read the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// None but the API's own.
    None,
    /// All, as `*`.
    Any,
    /// These.
    List(Vec<String>),
}

/// Longest time that a request may be given: what a client or a proxy waits at most.
const MAX_REQUEST_TIMEOUT: Duration = Duration::from_secs(300);

/// Longest life of an entry in the cache.
const MAX_CACHE_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Most proxies that anybody has in a row.
const MAX_TRUSTED_PROXIES: u8 = 16;

/// The address that is none, as nothing has a name in `.invalid` (RFC 6761 section 6.4). It can't be
/// empty: Spin refuses an application whose `allowed_outbound_hosts` has an empty entry.
const NO_REDIS: &str = settings::REDIS_ADDRESS.default;

#[derive(Debug, Error)]
enum EdgeError {
    #[error("{0}")]
    Limit(#[from] RateLimitError),
    #[error("must be like name=1000/60s,other=10/1s, each name once")]
    Overrides,
    #[error("must be a duration like 10s, from {} to {}", humantime::format_duration(*.0), humantime::format_duration(*.1))]
    Duration(Duration, Duration),
    #[error("must be a number from 0 to {MAX_TRUSTED_PROXIES}")]
    Proxies,
    #[error("must be redis://host:port or rediss://host:port, without a password, or {NO_REDIS} for none")]
    Redis,
    #[error("must be * or origins like https://example.com, separated by commas")]
    Origins,
}

impl RateLimitSettings {
    pub(super) async fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let limit =
            reader.parsed(&settings::RATE_LIMIT, |text| optional(text, |text| Ok(RateLimit::parse(text)?))).await;
        let overrides = reader.parsed(&settings::RATE_LIMIT_OVERRIDES, overrides).await;
        let is_open_on_error = reader.choice(&settings::RATE_LIMIT_ON_ERROR, [("open", true), ("closed", false)]).await;
        let limit = limit.flatten()?;
        Some(Self { limit, overrides: overrides.unwrap_or_default(), is_open_on_error })
    }

    /// The limit of a caller, by the name of its key.
    pub fn limit_of(&self, name: Option<&KeyName>) -> RateLimit {
        let found = self.overrides.iter().find(|(known, _)| Some(known) == name);
        found.map_or(self.limit, |(_, limit)| *limit)
    }
}

impl RedisSettings {
    pub(super) async fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let address = reader.parsed(&settings::REDIS_ADDRESS, redis_address).await;
        let password = reader.text(&settings::REDIS_PASSWORD).await;
        let address = address.filter(|address| address != NO_REDIS)?;
        Some(Self { address, password })
    }
}

impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RedisSettings({})", self.address)
    }
}

pub(super) async fn read_cache_ttl(reader: &mut Reader<'_>, has_redis: bool) -> Option<Duration> {
    let ttl = reader
        .parsed(&settings::CACHE_TTL, |text| optional(text, |text| duration(text, MAX_CACHE_TTL)))
        .await
        .flatten();
    if ttl.is_some() && !has_redis {
        reader.refuse(&settings::CACHE_TTL, "needs redis_address");
    }
    ttl
}

pub(super) async fn read_request_timeout(reader: &mut Reader<'_>) -> Duration {
    reader.parsed(&settings::REQUEST_TIMEOUT, |text| duration(text, MAX_REQUEST_TIMEOUT)).await.unwrap_or_default()
}

pub(super) async fn read_trusted_proxies(reader: &mut Reader<'_>) -> u8 {
    let parse = |text: &str| match text.parse() {
        Ok(number) if number <= MAX_TRUSTED_PROXIES => Ok(number),
        _ => Err(EdgeError::Proxies),
    };
    reader.parsed(&settings::TRUSTED_PROXIES, parse).await.unwrap_or_default()
}

pub(super) async fn read_cors_origins(reader: &mut Reader<'_>) -> CorsOrigins {
    let parse = |text: &str| match text.trim() {
        "" => Ok(CorsOrigins::None),
        "*" => Ok(CorsOrigins::Any),
        list => {
            let origins: Vec<_> = list.split(',').map(|origin| origin.trim().to_owned()).collect();
            if origins.iter().all(|origin| is_origin(origin)) {
                Ok(CorsOrigins::List(origins))
            } else {
                Err(EdgeError::Origins)
            }
        }
    };
    reader.parsed(&settings::CORS_ALLOWED_ORIGINS, parse).await.unwrap_or(CorsOrigins::None)
}

/// Nothing for an empty text.
fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, EdgeError>) -> Result<Option<T>, EdgeError> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

fn duration(text: &str, longest: Duration) -> Result<Duration, EdgeError> {
    let shortest = Duration::from_secs(1);
    match humantime::parse_duration(text) {
        Ok(duration) if (shortest..=longest).contains(&duration) => Ok(duration),
        _ => Err(EdgeError::Duration(shortest, longest)),
    }
}

fn overrides(text: &str) -> Result<Vec<(KeyName, RateLimit)>, EdgeError> {
    let mut overrides: Vec<(KeyName, RateLimit)> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (name, limit) = entry.split_once('=').ok_or(EdgeError::Overrides)?;
        let (Some(name), Ok(limit)) = (KeyName::parse(name), RateLimit::parse(limit)) else {
            return Err(EdgeError::Overrides);
        };
        if overrides.iter().any(|(known, _)| *known == name) {
            return Err(EdgeError::Overrides);
        }
        overrides.push((name, limit));
    }
    Ok(overrides)
}

fn redis_address(text: &str) -> Result<String, EdgeError> {
    let rest = text.strip_prefix("redis://").or_else(|| text.strip_prefix("rediss://"));
    let is_address =
        rest.is_some_and(|rest| rest.rsplit_once(':').is_some_and(|(host, port)| is_host(host) && is_port(port)));
    if is_address { Ok(text.to_owned()) } else { Err(EdgeError::Redis) }
}

/// A scheme, a host, and a port if it is not the scheme's, in lower case: what browsers send (RFC 6454
/// section 7). Any other text would be accepted here and match no request.
fn is_origin(text: &str) -> bool {
    let schemes = [("https://", "443"), ("http://", "80")];
    let parts = schemes.iter().find_map(|(scheme, port)| Some((text.strip_prefix(scheme)?, port)));
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    is_lower
        && parts.is_some_and(|(rest, default)| match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => is_host(host) && is_port(port) && port != *default,
            _ => is_host(rest),
        })
}

/// From 1 to 65535, without the sign and the leading zeros that Rust would read.
fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0 && port.to_string() == text)
}

fn is_host(text: &str) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_');
    let is_address = |text: &str| text.parse::<std::net::Ipv6Addr>().is_ok();
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => is_address(address),
        None => !text.is_empty() && text.bytes().all(is_allowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_read_by_name() {
        let limit = RateLimit::parse("1/1s").unwrap();
        let settings = |text| RateLimitSettings { limit, overrides: overrides(text).unwrap(), is_open_on_error: true };
        let read = settings("ci=5/1s, batch=1000/1h,");
        assert_eq!(read.limit_of(KeyName::parse("batch").as_ref()), RateLimit::parse("1000/1h").unwrap());
        assert_eq!(read.limit_of(KeyName::parse("other").as_ref()), limit);
        assert_eq!(read.limit_of(None), limit);
        assert!(settings("").overrides.is_empty());
        for text in ["ci", "ci=", "=1/1s", "ci=0/1s", "ci=1/1s,ci=2/1s", "a b=1/1s", "ci=1/1s;x=1/1s"] {
            assert!(overrides(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_hold_their_bounds() {
        for (text, expected) in [("1s", 1), ("300s", 300), ("5m", 300)] {
            assert_eq!(duration(text, MAX_REQUEST_TIMEOUT).unwrap().as_secs(), expected, "{text}");
        }
        for text in ["", "10", "999ms", "301s", "-1s", "1 s 1", "forever"] {
            assert!(duration(text, MAX_REQUEST_TIMEOUT).is_err(), "{text}");
        }
    }

    #[test]
    fn origins_are_what_a_browser_sends() {
        for text in ["https://example.com", "http://localhost:3000", "http://[::1]:8080", "http://[::1]"] {
            assert!(is_origin(text), "{text}");
        }
        for text in [
            "example.com",
            "https://",
            "https://example.com/",
            "https://*.example.com",
            "https://Example.com",
            "null",
            "https://a@b",
            "https://a:x",
            "https://a:+1",
            "https://a:0443",
            "https://a:443",
            "http://a:80",
            "http://[::A]",
            "ftp://example.com",
            "https://a b",
        ] {
            assert!(!is_origin(text), "{text}");
        }
    }

    #[test]
    fn a_redis_server_has_a_port_and_no_password() {
        for text in ["redis://localhost:6379", "rediss://cache.example:6380", "redis://[::1]:6379", NO_REDIS] {
            assert!(redis_address(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "localhost:6379",
            "redis://localhost",
            "redis://:p@localhost:6379",
            "redis://localhost:0",
            "redis://localhost:+6379",
            "http://a:1",
        ] {
            assert!(redis_address(text).is_err(), "{text}");
        }
    }
}
