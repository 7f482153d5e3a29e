//! The settings as one typed value, read once an instance.

mod auth;
mod edge;
mod postgres;
mod reader;
mod service;
mod setting;
pub mod settings;

use std::time::Duration;

use crate::ports::Variables;

pub use auth::{Auth, JwtKeys, JwtSettings};
pub use edge::{CorsOrigins, RateLimitSettings, RedisSettings};
pub use postgres::{PostgresHost, PostgresSettings, SslMode};
pub use reader::{ConfigProblem, Reader};
pub use service::ServiceSettings;
pub use setting::{Group, Setting};
pub use settings::GROUPS;

/// Everything that can be set. Each field names its variables in `spin.toml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// `app_env`: the name of the environment, shown by `GET /`.
    pub app_env: String,
    /// `app_hostname`: the name of the pod or machine; "unknown" when empty.
    pub app_hostname: String,
    /// `auth`, `api_key` and `jwt_*`: who may use the protected routes.
    pub auth: Auth,
    /// `rate_limit` and its like: how often; empty is off.
    pub rate_limit: Option<RateLimitSettings>,
    /// `redis_address` and `redis_password`: what replicas share, if there is one.
    pub redis: Option<RedisSettings>,
    /// `cache_ttl`: how long users are kept in Redis; empty is off.
    pub cache_ttl: Option<Duration>,
    /// `database`, and `pghost` and its like: where tocos are kept.
    pub database: Database,
    /// `request_timeout`: how long a request may take.
    pub request_timeout: Duration,
    /// What the API has in common with the other components.
    pub service: ServiceSettings,
}

/// Which database keeps the tocos.
#[derive(Clone, Debug)]
pub enum Database {
    /// `database = "sqlite"`: Spin's database `default`, a file beside the runtime.
    Sqlite,
    /// `database = "postgres"`: a PostgreSQL server, shared by every replica.
    Postgres(PostgresSettings),
}

impl Config {
    /// Reads every variable. The error lists all problems, not just the first.
    pub async fn read(variables: &dyn Variables) -> Result<Self, Vec<ConfigProblem>> {
        let mut reader = Reader::new(variables);
        let config = Self::read_by(&mut reader).await;
        reader.finish()?;
        Ok(config)
    }

    /// Reads every variable of this configuration. It is of no use if [`Reader::finish`] returns problems.
    pub async fn read_by(reader: &mut Reader<'_>) -> Self {
        let app_env = reader.text(&settings::APP_ENV).await;
        let app_hostname = reader.text(&settings::APP_HOSTNAME).await;
        let auth = Auth::read(reader, &app_env).await;
        let rate_limit = RateLimitSettings::read(reader).await;
        let redis = RedisSettings::read(reader).await;
        let cache_ttl = edge::read_cache_ttl(reader, redis.is_some()).await;
        let request_timeout = edge::read_request_timeout(reader).await;
        let service = ServiceSettings::read_by(reader).await;
        if cache_ttl.is_some() && !service.is_database_shared {
            // Each pod has users of its own, and would serve those of others.
            reader.refuse(&settings::CACHE_TTL, "needs database = postgres");
        }
        let database = if service.is_database_shared {
            Database::Postgres(PostgresSettings::read(reader).await)
        } else {
            Database::Sqlite
        };
        Self {
            app_env,
            app_hostname: if app_hostname.is_empty() { "unknown".into() } else { app_hostname },
            auth,
            rate_limit,
            redis,
            cache_ttl,
            request_timeout,
            database,
            service,
        }
    }
}

#[cfg(test)]
mod tests;
