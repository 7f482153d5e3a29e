use std::time::Duration;

use super::reader::{Reader, Secret, duration, is_host, optional, port};
use super::settings;
use crate::types::{KeyName, RateLimit};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitSettings {
    pub limit: RateLimit,
    /// Quotas of named keys, in place of `limit`.
    pub overrides: Vec<(KeyName, RateLimit)>,
    pub is_open_on_error: bool,
}

impl RateLimitSettings {
    pub(super) fn read(reader: &mut Reader) -> Option<Option<Self>> {
        let limit = reader.parsed(&settings::RATE_LIMIT, |text| optional(text, RateLimit::parse));
        let overrides = reader.parsed(&settings::RATE_LIMIT_OVERRIDES, |text| {
            overrides(text).ok_or("must be like name=1000/60s,other=10/1s, each name once")
        });
        let is_open_on_error = reader.choice(&settings::RATE_LIMIT_ON_ERROR, [("open", true), ("closed", false)]);
        let (overrides, is_open_on_error) = (overrides?, is_open_on_error?);
        Some(limit?.map(|limit| Self { limit, overrides, is_open_on_error }))
    }

    pub fn limit_of(&self, name: Option<&KeyName>) -> RateLimit {
        let found = self.overrides.iter().find(|(known, _)| Some(known) == name);
        found.map_or(self.limit, |(_, limit)| *limit)
    }
}

/// Parses quotas of named keys. Returns `None` if an entry is broken or a name is repeated.
fn overrides(text: &str) -> Option<Vec<(KeyName, RateLimit)>> {
    let mut overrides: Vec<(KeyName, RateLimit)> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (name, limit) = entry.split_once('=')?;
        let (name, limit) = (KeyName::parse(name)?, RateLimit::parse(limit).ok()?);
        if overrides.iter().any(|(known, _)| *known == name) {
            return None;
        }
        overrides.push((name, limit));
    }
    Some(overrides)
}

const MAX_CACHE_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Stands for no Redis (RFC 6761 section 6.4), because Spin refuses an empty entry in `allowed_outbound_hosts`.
const NO_REDIS: &str = "redis://none.invalid:6379";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisSettings {
    /// `redis://host:port`, or `rediss` for TLS, without a password.
    pub address: String,
    pub password: Secret,
}

impl RedisSettings {
    pub(super) fn read(reader: &mut Reader) -> Option<Option<Self>> {
        let address = reader.parsed(&settings::REDIS_ADDRESS, redis_address);
        let password = reader.text(&settings::REDIS_PASSWORD).map(Secret);
        let (address, password) = (address?, password?);
        Some((address != NO_REDIS).then_some(Self { address, password }))
    }
}

pub(super) fn read_cache_ttl(reader: &mut Reader, has_redis: bool, is_shared: bool) -> Option<Option<Duration>> {
    let ttl = reader.parsed(&settings::CACHE_TTL, |text| optional(text, |text| duration(text, MAX_CACHE_TTL)))?;
    if ttl.is_some() && !has_redis {
        reader.refuse(&settings::CACHE_TTL, "needs redis_address");
    }
    if ttl.is_some() && !is_shared {
        // With SQLite each pod has its own data, and a shared cache would serve the data of other pods.
        reader.refuse(&settings::CACHE_TTL, "needs database = postgres");
    }
    Some(ttl)
}

fn redis_address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("redis://").or_else(|| text.strip_prefix("rediss://"));
    match rest.and_then(|rest| rest.rsplit_once(':')) {
        Some((host, number)) if is_host(host) && port(number).is_some() => Ok(text.to_owned()),
        _ => {
            Err(format!("must be redis://host:port or rediss://host:port, without a password, or {NO_REDIS} for none"))
        }
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
            assert!(overrides(text).is_none(), "{text}");
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
