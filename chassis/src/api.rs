//! What an API provides, and what its chassis provides to it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;

use crate::cache::ReadThrough;
use crate::config::{Auth, Config, JwtKeys, JwtSettings, Reader};
use crate::http::{Access, Authenticator, Endpoint, Envelope, RateLimits};
use crate::log::{Log, Throttle};
use crate::metrics::{Family, Gauge, Measured, Recorder};
use crate::ports::{Cache, Database, JwksSource, KeyValue, MetricStore, RateLimiter, StoreError, System, Tokens};
use crate::tokens::{self, IssuerKeys, Keys, Verifier};
use crate::types::{Scope, Scopes};

pub trait Api {
    const VERSION: &'static str;
    /// Every scope that a route may need.
    const SCOPES: &'static [Scope];
    /// Families of metrics in addition to those of the chassis.
    const FAMILIES: &'static [Family];
    type Settings;

    /// Returns `None` if a setting is invalid: the reader then has its problem.
    fn read_settings(reader: &mut Reader) -> Option<Self::Settings>;

    /// Returns the API's own routes, and the application behind them.
    fn routes(settings: &Self::Settings, chassis: Arc<Chassis>) -> (Router, Arc<dyn Application>);
}

/// What the routes of operation need of an API.
#[async_trait]
pub trait Application: Send + Sync {
    /// Whether the API can serve requests, for `GET /readiness`.
    async fn check(&self) -> Result<(), StoreError>;

    /// Gauges that are read at a scrape, for `GET /metrics`.
    async fn gauges(&self) -> Result<Vec<Gauge>, StoreError>;
}

/// What an API's handlers and stores depend on.
pub struct Chassis {
    pub config: Config,
    pub system: Arc<dyn System>,
    pub log: Arc<Log>,
    pub metrics: Arc<Recorder>,
    pub cache: Option<Arc<ReadThrough>>,
    pub(crate) metric_store: Arc<dyn MetricStore>,
    authenticator: Arc<Authenticator>,
    rate_limits: Option<Arc<RateLimits>>,
}

pub struct Backends {
    pub metric_store: Arc<dyn MetricStore>,
    pub rate_limiter: Arc<dyn RateLimiter>,
    pub cache: Option<Arc<dyn Cache>>,
    pub jwks_source: Arc<dyn JwksSource>,
    pub key_value: Arc<dyn KeyValue>,
}

impl Chassis {
    pub(crate) fn new(config: Config, scopes: &'static [Scope], backends: Backends, system: Arc<dyn System>) -> Self {
        let Backends { metric_store, rate_limiter, cache, jwks_source, key_value } = backends;
        let common = &config.common;
        let log = Arc::new(common.log(system.clone()));
        let metrics = Recorder::new(config.metrics, metric_store.clone(), system.clone(), log.clone());
        let dependencies =
            tokens::Dependencies { source: jwks_source, store: key_value, system: system.clone(), log: log.clone() };
        let authenticator = Arc::new(authenticator(&config.auth, scopes, dependencies));
        let rate_limits = config.rate_limit.clone().map(|settings| {
            let (system, metrics, log) = (system.clone(), metrics.clone(), log.clone());
            Arc::new(RateLimits::new(settings, common.trusted_proxies, rate_limiter, system, metrics, log))
        });
        let cache = cache.zip(config.cache_ttl).map(|(cache, ttl)| {
            let (system, recorder, log) = (system.clone(), metrics.clone(), log.clone());
            let (request_timeout, warnings) = (config.request_timeout, Throttle::default());
            Arc::new(ReadThrough { cache, ttl, request_timeout, system, recorder, log, warnings })
        });
        Self { config, system, log, metrics, cache, metric_store, authenticator, rate_limits }
    }

    pub fn endpoint(&self, access: Access) -> Arc<Endpoint> {
        let (authenticator, rate_limits) = (self.authenticator.clone(), self.rate_limits.clone());
        let (system, timeout) = (self.system.clone(), self.config.request_timeout);
        Arc::new(Endpoint { access, authenticator, rate_limits, system, timeout })
    }

    pub fn measured(&self, database: impl Database + 'static) -> Arc<dyn Database> {
        Arc::new(Measured { database, recorder: self.metrics.clone(), system: self.system.clone() })
    }

    pub(crate) fn envelope(&self) -> Envelope {
        let (log, metrics) = (self.log.clone(), Some(self.metrics.clone()));
        Envelope { log, metrics, settings: self.config.common.clone() }
    }
}

fn authenticator(auth: &Auth, scopes: &'static [Scope], dependencies: tokens::Dependencies) -> Authenticator {
    let Auth::Required { api_keys, jwt } = auth else { return Authenticator::Open(Scopes::all(scopes)) };
    let system = dependencies.system.clone();
    let verifier = |JwtSettings { issuer, audience, keys }: &JwtSettings| -> Arc<dyn Tokens> {
        let keys = match keys {
            JwtKeys::Static(keys) => Keys::Static(keys.clone()),
            JwtKeys::Url(url) => Keys::Published(IssuerKeys::new(url, dependencies)),
        };
        Verifier::new(issuer, audience, scopes, keys)
    };
    Authenticator::Required { api_keys: api_keys.clone(), tokens: jwt.as_ref().map(verifier), system }
}
