//! Where Spin calls in.

use std::sync::Arc;

use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};

use crate::adapters::{
    Bodies, HttpJwksSource, PostgresStore, RedisCache, RedisClient, RedisRateLimiter, SpinKeyValue, SpinSystem,
    SpinVariables, SqliteMetricStore, SqliteRateLimiter, SqliteStore, from_host, into_host,
};
use crate::app::{App, AppCell, Outside};
use crate::config::{Config, Database};
use crate::ports::{Cache, RateLimiter};

/// Spin keeps an instance for at most 128 requests, 16 of them at a time, and drops it after one second
/// without any.
static APP: AppCell = AppCell::new();

/// Those of this instance's answers.
static BODIES: Bodies = Bodies::new();

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let app = APP.get(start()).await;
        into_host(app.respond(from_host(request)?).await, &BODIES).await
    }
}

async fn start() -> App {
    let system = Arc::new(SpinSystem::new());
    App::start(&SpinVariables(system.clone()), |config| open(config, system.clone()), system.clone()).await
}

fn open(config: &Config, system: Arc<SpinSystem>) -> Outside {
    let seed_file = config.service.seeds_file();
    let redis = config.redis.as_ref();
    let redis = redis.map(|settings| Arc::new(RedisClient::new(settings, &config.app_env, system.clone())));
    Outside {
        store: match &config.database {
            Database::Sqlite => Arc::new(SqliteStore::new(seed_file, system.clone(), &BODIES)),
            Database::Postgres(settings) => {
                Arc::new(PostgresStore::new(settings.clone(), config.service.seed_demo_data, system.clone()))
            }
        },
        metric_store: Arc::new(SqliteMetricStore::new(seed_file, system.clone())),
        rate_limiter: config.rate_limit.as_ref().map(|_| -> Arc<dyn RateLimiter> {
            match &redis {
                Some(redis) => Arc::new(RedisRateLimiter(redis.clone())),
                None => Arc::new(SqliteRateLimiter::new(seed_file, system.clone())),
            }
        }),
        cache: redis.map(|redis| -> Arc<dyn Cache> { Arc::new(RedisCache(redis)) }),
        jwks_source: Arc::new(HttpJwksSource(system.clone())),
        key_value: Arc::new(SpinKeyValue(system)),
    }
}
