//! Puts the parts together, once an instance.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};

use crate::cache::{CacheSettings, CachedStore};
use crate::config::{Auth, Config, ConfigProblem, JwtKeys, JwtSettings};
use crate::http::{Authenticator, Envelope, RateLimits};
use crate::log::Log;
use crate::metrics::{MeasuredStore, Recorder};
use crate::ports::{Cache, JwksSource, KeyValue, MetricStore, RateLimiter, Store, System, Tokens, Variables};
use crate::routes::{self, AppState};
use crate::tokens::{self, IssuerKeys, Keys, Verifier};

/// The API, ready to answer. What it holds is a cache that lives as long as the instance.
pub struct App {
    router: Router,
    envelope: Envelope,
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
            Err(problems) => Self::misconfigured(problems, system),
        }
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
                Arc::new(CachedStore::new(store, cache, settings, system.clone(), metrics.clone(), log.clone()))
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
        Self { router: routes::router(state), envelope }
    }

    fn misconfigured(problems: Vec<ConfigProblem>, system: Arc<dyn System>) -> Self {
        let envelope = Envelope::misconfigured(&problems, system);
        Self { router: routes::misconfigured(problems), envelope }
    }
}

fn verifier(settings: &JwtSettings, outside: tokens::Outside) -> Arc<dyn Tokens> {
    let keys = match &settings.keys {
        JwtKeys::Static(keys) => Keys::Static(keys.clone()),
        JwtKeys::Url(url) => Keys::Published(IssuerKeys::new(url, outside)),
    };
    Verifier::new(&settings.issuer, &settings.audience, keys)
}
