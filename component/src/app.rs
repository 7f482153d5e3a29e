//! Puts the parts together, once an instance.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use tokio::sync::Mutex;

use crate::cache::{CacheSettings, CachedStore, ReadThrough};
use crate::config::{Auth, Config, ConfigProblem, JwtKeys, JwtSettings};
use crate::http::{Authenticator, Envelope, RateLimits};
use crate::log::Log;
use crate::metrics::{MeasuredStore, Recorder};
use crate::ports::{Cache, JwksSource, KeyValue, MetricStore, RateLimiter, Store, System, Tokens, Variables};
use crate::routes::{self, AppState};
use crate::tokens::{self, IssuerKeys, Keys, Verifier};

/// Pause after which settings are read again that could not be read.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The application of an instance, made by its first request.
pub struct AppCell(Mutex<Option<Arc<App>>>);

/// A component of the application, ready to answer. What it holds is a cache that lives as long as the instance.
pub struct App {
    router: Router,
    envelope: Envelope,
    /// When it is to be made again, by [`System::elapsed`], if that may help.
    outdated_at: Option<Duration>,
}

/// What the API needs from outside, as the settings ask for it.
pub struct Outside {
    /// Users and transfers.
    pub store: Arc<dyn Store>,
    /// Counts.
    pub metric_store: Arc<dyn MetricStore>,
    /// Who counts requests, where they are limited.
    pub rate_limiter: Option<Arc<dyn RateLimiter>>,
    /// What users may be served from.
    pub cache: Option<Arc<dyn Cache>>,
    /// Who fetches the keys that tokens are checked by.
    pub jwks_source: Arc<dyn JwksSource>,
    /// Where those keys are kept.
    pub key_value: Arc<dyn KeyValue>,
}

impl App {
    /// Reads the settings, opens what they ask for, and builds the router.
    ///
    /// Settings that can't be used make an API that says so instead of one that doesn't answer,
    /// because a component can't refuse to start.
    pub async fn start(
        variables: &dyn Variables,
        open: impl FnOnce(&Config) -> Outside,
        system: Arc<dyn System>,
    ) -> Self {
        match Config::read(variables).await {
            Ok(config) => {
                let outside = open(&config);
                Self::serving(config, outside, system)
            }
            Err(problems) => Self::misconfigured(routes::misconfigured(problems.clone()), &problems, system),
        }
    }

    /// A component that answers by `router`.
    pub fn new(router: Router, envelope: Envelope) -> Self {
        Self { router, envelope, outdated_at: None }
    }

    /// A component that answers by `router` that its settings can't be used. It is to be made again if a provider
    /// could not give them.
    pub fn misconfigured(router: Router, problems: &[ConfigProblem], system: Arc<dyn System>) -> Self {
        let is_worth_a_retry = problems.iter().any(|problem| problem.cause.is_some());
        let outdated_at = is_worth_a_retry.then(|| system.elapsed() + RETRY_PAUSE);
        Self { outdated_at, ..Self::new(router, Envelope::misconfigured(problems, system)) }
    }

    /// Answers one request.
    pub async fn respond(&self, request: Request<Body>) -> Response<Body> {
        self.envelope.serve(&mut self.router.clone(), request).await
    }

    fn serving(config: Config, outside: Outside, system: Arc<dyn System>) -> Self {
        let Outside { store, metric_store, rate_limiter, cache, jwks_source, key_value } = outside;
        let service = &config.service;
        let log = Arc::new(Log { level: service.log_level, form: service.log_form, system: system.clone() });
        let tokens = match &config.auth {
            Auth::Required { jwt: Some(settings), .. } => {
                let outside =
                    tokens::Outside { source: jwks_source, store: key_value, system: system.clone(), log: log.clone() };
                Some(verifier(settings, outside))
            }
            _ => None,
        };
        let metrics = Recorder::new(service.metrics, metric_store.clone(), system.clone(), log.clone());
        let store: Arc<dyn Store> =
            Arc::new(MeasuredStore { inner: store, recorder: metrics.clone(), system: system.clone() });
        let store = match (cache, config.cache_ttl) {
            (Some(cache), Some(ttl)) => {
                let settings = CacheSettings { ttl, request_timeout: config.request_timeout };
                let cache = ReadThrough::new(cache, settings, system.clone(), metrics.clone(), log.clone());
                Arc::new(CachedStore { inner: store, cache })
            }
            _ => store,
        };
        let rate_limits = config.rate_limit.clone().zip(rate_limiter).map(|(settings, limiter)| {
            let trusted_proxies = service.trusted_proxies;
            Arc::new(RateLimits::new(settings, trusted_proxies, limiter, system.clone(), metrics.clone(), log.clone()))
        });
        let envelope = Envelope {
            system: system.clone(),
            log: log.clone(),
            metrics: Some(metrics.clone()),
            trusted_proxies: service.trusted_proxies,
        };
        let authenticator = Arc::new(Authenticator { auth: config.auth.clone(), tokens, system: system.clone() });
        let config = Arc::new(config);
        let state = AppState { config, authenticator, rate_limits, store, system, metrics, metric_store, log };
        Self::new(routes::router(state), envelope)
    }

    fn is_outdated(&self) -> bool {
        self.outdated_at.is_some_and(|moment| moment <= self.envelope.system.elapsed())
    }
}

impl AppCell {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(Mutex::const_new(None))
    }

    /// The application, which `start` makes if need be. Requests that come meanwhile wait for it.
    pub async fn get(&self, start: impl Future<Output = App>) -> Arc<App> {
        let mut made = self.0.lock().await;
        match &*made {
            Some(app) if !app.is_outdated() => app.clone(),
            _ => made.insert(Arc::new(start.await)).clone(),
        }
    }
}

impl Default for AppCell {
    fn default() -> Self {
        Self::new()
    }
}

fn verifier(settings: &JwtSettings, outside: tokens::Outside) -> Arc<dyn Tokens> {
    let keys = match &settings.keys {
        JwtKeys::Static(keys) => Keys::Static(keys.clone()),
        JwtKeys::Url(url) => Keys::Published(IssuerKeys::new(url, outside)),
    };
    Verifier::new(&settings.issuer, &settings.audience, keys)
}

#[cfg(test)]
mod tests;
