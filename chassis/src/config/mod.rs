//! The settings, read once per instance.

mod auth;
mod common;
mod limits;
mod postgres;
mod reader;
pub mod settings;

use std::time::Duration;

use crate::metrics::MetricsSettings;
use crate::types::Scope;

pub use auth::{Auth, AuthMethods, JwtKeys, JwtSettings};
pub use common::{CommonSettings, CorsOrigins};
pub use limits::{RateLimitSettings, RedisSettings};
pub use postgres::{PostgresHost, PostgresSettings};
pub use reader::{ConfigProblem, Reader, Secret};
pub use settings::{GROUPS, Group, Setting, doc};

/// Upper bound of `request_timeout`: clients and proxies don't wait longer.
const MAX_REQUEST_TIMEOUT: Duration = Duration::from_secs(300);

const POSTGRES: &str = "postgres";
/// A file that may be lost with its pod, which is acceptable only in development.
const SQLITE: &str = "sqlite";
/// The same file, if the operator confirms that it outlives the process.
const PERSISTENT_SQLITE: &str = "persistent-sqlite";

#[derive(Clone, Debug)]
pub struct Config {
    pub app_env: String,
    pub app_hostname: String,
    pub auth: Auth,
    pub rate_limit: Option<RateLimitSettings>,
    pub redis: Option<RedisSettings>,
    pub cache_ttl: Option<Duration>,
    pub database: Database,
    pub request_timeout: Duration,
    pub metrics: MetricsSettings,
    pub common: CommonSettings,
}

#[derive(Clone, Debug)]
pub enum Database {
    /// Spin's database `default`.
    Sqlite,
    Postgres(PostgresSettings),
}

impl Database {
    fn read(reader: &mut Reader, word: &str) -> Option<Self> {
        if word == POSTGRES {
            return PostgresSettings::read(reader).map(Self::Postgres);
        }
        if word == SQLITE && !reader.is_development() {
            let problem = "can be sqlite only where app_env is development: use postgres, or persistent-sqlite if the \
                state directory outlives the process";
            reader.refuse(&settings::DATABASE, problem);
            return None;
        }
        Some(Self::Sqlite)
    }
}

impl Config {
    /// Reads the settings. An API key may have any of `scopes`.
    pub fn read(reader: &mut Reader, scopes: &'static [Scope]) -> Option<Self> {
        let app_env = reader.text(&settings::APP_ENV);
        let app_hostname = reader.text(&settings::APP_HOSTNAME);
        let auth = Auth::read(reader, scopes);
        let rate_limit = RateLimitSettings::read(reader);
        let redis = RedisSettings::read(reader);
        let words = [SQLITE, PERSISTENT_SQLITE, POSTGRES];
        let word = reader.choice(&settings::DATABASE, words.map(|word| (word, word)));
        let database = word.and_then(|word| Database::read(reader, word));
        let has_redis = redis.as_ref().is_some_and(Option::is_some);
        let cache_ttl = limits::read_cache_ttl(reader, has_redis, word == Some(POSTGRES));
        let request_timeout =
            reader.parsed(&settings::REQUEST_TIMEOUT, |text| reader::duration(text, MAX_REQUEST_TIMEOUT));
        let is_on = reader.choice(&settings::METRICS, [("on", true), ("off", false)]);
        let max_instance_reuse_count = reader.positive(&settings::MAX_INSTANCE_REUSE_COUNT);
        let common = CommonSettings::read_by(reader);
        Some(Self {
            app_env: app_env?,
            app_hostname: app_hostname.filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".into()),
            auth: auth?,
            rate_limit: rate_limit?,
            redis: redis?,
            cache_ttl: cache_ttl?,
            database: database?,
            request_timeout: request_timeout?,
            metrics: MetricsSettings { is_on: is_on?, max_instance_reuse_count: max_instance_reuse_count? },
            common: common?,
        })
    }
}

#[cfg(test)]
mod tests;
