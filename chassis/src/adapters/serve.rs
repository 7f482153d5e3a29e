use std::sync::Arc;

use spin_sdk::wasip3::http::types::{ErrorCode, Response};
#[doc(hidden)]
pub use spin_sdk::{wasip3::exports::http::handler::Guest, wasip3::http::types::Request as HostRequest};

use super::SpinSystem;
use super::exchange::{from_host, into_host};
use super::redis::client::RedisClient;
use super::spin::{SpinServices, read_variables};
use super::sqlite::{metrics::SqliteMetricStore, rate_limiter::SqliteRateLimiter};
use crate::api::{Api, Backends};
use crate::app::{App, AppCell};
use crate::config::Config;
use crate::ports::{Cache, RateLimiter, System};

#[doc(hidden)]
pub type HostResult = Result<Response, ErrorCode>;

/// Makes a component; `$start` is an async function that returns an instance's [`App`](crate::app::App). Spin keeps an
/// instance for at most 128 requests, 16 at a time, and drops it after one second without any.
#[macro_export]
macro_rules! serve {
    ($start:path) => {
        struct Component;

        mod exported {
            use super::Component;
            use $crate::spin_sdk;

            $crate::spin_sdk::wasip3::http::service::export!(Component);
        }

        impl $crate::adapters::Guest for Component {
            async fn handle(request: $crate::adapters::HostRequest) -> $crate::adapters::HostResult {
                static APP: $crate::app::AppCell = $crate::app::AppCell::new();
                $crate::adapters::handle(request, &APP, $start()).await
            }
        }
    };
}

#[doc(hidden)]
pub async fn handle(request: HostRequest, app: &'static AppCell, start: impl Future<Output = App>) -> HostResult {
    let app = app.get(start).await;
    into_host(app.respond(from_host(request)?).await).await
}

pub async fn start<A: Api>() -> App {
    let system = Arc::new(SpinSystem::default());
    let variables = read_variables(&*system).await;
    App::start::<A>(variables, |config| open(config, system.clone()), system.clone())
}

fn open(config: &Config, system: Arc<dyn System>) -> Backends {
    let redis = config.redis.as_ref();
    let redis = redis.map(|settings| Arc::new(RedisClient::new(settings, &config.app_env, system.clone())));
    let rate_limiter: Arc<dyn RateLimiter> = match &redis {
        Some(redis) => redis.clone(),
        None => Arc::new(SqliteRateLimiter::new(system.clone())),
    };
    let services = Arc::new(SpinServices(system.clone()));
    Backends {
        metric_store: Arc::new(SqliteMetricStore::new(system)),
        rate_limiter,
        cache: redis.map(|redis| -> Arc<dyn Cache> { redis }),
        jwks_source: services.clone(),
        key_value: services,
    }
}
