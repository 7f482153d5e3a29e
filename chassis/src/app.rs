//! Composition of an API, once an instance.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use tokio::sync::Mutex;

use crate::cache::ReadThrough;
use crate::config::{Auth, Config, ConfigProblem, JwtKeys, JwtSettings, Reader};
use crate::http::{Access, Authenticator, Deadline, EndpointLayer, Envelope, Guard, RateLimits};
use crate::log::{Log, Throttle};
use crate::metrics::{Family, Gauge, Recorder};
use crate::operations;
use crate::ports::{
    Cache, Database, JwksSource, KeyValue, MetricStore, RateLimiter, StoreError, System, Tokens, Variables,
};
use crate::tokens::{self, IssuerKeys, Keys, Verifier};
use crate::types::{Scope, Scopes};

/// Pause after which settings are read again that a provider could not give.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// What an API tells its chassis.
#[async_trait]
pub trait Api {
    const VERSION: &'static str;
    /// Every scope that a route may need.
    const SCOPES: &'static [Scope];
    /// Families of metrics beside those of the chassis.
    const FAMILIES: &'static [Family];
    /// The API's own settings.
    type Settings: Send;

    /// Reads the API's own settings, of those that [`settings!`](crate::settings!) declares.
    async fn read_settings(reader: &mut Reader<'_>) -> Option<Self::Settings>;

    /// Returns the API's own routes, and what the routes of operation ask of it.
    fn routes(settings: &Self::Settings, chassis: Arc<Chassis>) -> (Router, Arc<dyn Application>);
}

/// What the routes of operation ask of an API.
#[async_trait]
pub trait Application: Send + Sync {
    /// Whether the API can serve requests, for `GET /readiness`.
    async fn check(&self) -> Result<(), StoreError>;

    /// Gauges that are read at a scrape, for `GET /metrics`.
    async fn gauges(&self) -> Result<Vec<Gauge>, StoreError>;
}

/// What handlers and stores of an API work with.
pub struct Chassis {
    pub config: Config,
    pub system: Arc<dyn System>,
    pub log: Arc<Log>,
    pub metrics: Arc<Recorder>,
    /// The cache that replicas share; `None` where there is none.
    pub cache: Option<Arc<ReadThrough>>,
    pub(crate) metric_store: Arc<dyn MetricStore>,
    guard: Guard,
}

/// What the adapters provide.
pub struct Backends {
    pub metric_store: Arc<dyn MetricStore>,
    pub rate_limiter: Arc<dyn RateLimiter>,
    pub cache: Option<Arc<dyn Cache>>,
    pub jwks_source: Arc<dyn JwksSource>,
    pub key_value: Arc<dyn KeyValue>,
}

/// The application of an instance, made by its first request.
pub struct AppCell(Mutex<Option<Arc<App>>>);

/// A component of the application, ready to serve. What it holds is a cache that lives as long as the instance.
pub struct App {
    router: Router,
    envelope: Envelope,
    /// When to make it again, by [`System::elapsed`], if that may help.
    outdated_at: Option<Duration>,
}

impl App {
    /// Reads the settings, opens the backends that they ask for, and builds the router.
    ///
    /// With settings that can't be used the API responds what is wrong with them, because a component can't refuse to
    /// start.
    pub async fn start<A: Api>(
        variables: &dyn Variables,
        open: impl FnOnce(&Config) -> Backends,
        system: Arc<dyn System>,
    ) -> Self {
        let mut reader = Reader::new(variables);
        let config = Config::read(&mut reader, A::SCOPES).await;
        let settings = A::read_settings(&mut reader).await;
        match reader.finish(config.zip(settings)) {
            Ok((config, settings)) => {
                let backends = open(&config);
                let chassis = Arc::new(Chassis::new(config, A::SCOPES, backends, system));
                let envelope = chassis.envelope();
                let (routes, application) = A::routes(&settings, chassis.clone());
                Self::new(operations::router_of::<A>(routes, chassis, application), envelope)
            }
            Err(problems) => Self::misconfigured(operations::misconfigured(problems.clone()), &problems, system),
        }
    }

    /// A component that serves `router`.
    pub fn new(router: Router, envelope: Envelope) -> Self {
        Self { router, envelope, outdated_at: None }
    }

    /// A component whose settings can't be used. It is to be made again if a provider could not give them.
    pub fn misconfigured(router: Router, problems: &[ConfigProblem], system: Arc<dyn System>) -> Self {
        let is_worth_a_retry = problems.iter().any(|problem| problem.cause.is_some());
        let outdated_at = is_worth_a_retry.then(|| system.elapsed() + RETRY_PAUSE);
        Self { outdated_at, ..Self::new(router, Envelope::misconfigured(problems, system)) }
    }

    pub async fn respond(&self, request: Request<Body>) -> Response<Body> {
        self.envelope.serve(&mut self.router.clone(), request).await
    }

    fn is_outdated(&self) -> bool {
        self.outdated_at.is_some_and(|moment| moment <= self.envelope.system.elapsed())
    }
}

impl AppCell {
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

impl Chassis {
    fn new(config: Config, scopes: &'static [Scope], backends: Backends, system: Arc<dyn System>) -> Self {
        let Backends { metric_store, rate_limiter, cache, jwks_source, key_value } = backends;
        let common = &config.common;
        let log = Arc::new(Log { level: common.log_level, form: common.log_form, system: system.clone() });
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
        let guard = Guard { authenticator, rate_limits };
        Self { config, system, log, metrics, cache, metric_store, guard }
    }

    /// The layer of a route.
    pub fn endpoint(&self, access: Access) -> EndpointLayer {
        let deadline = Deadline { system: self.system.clone(), timeout: self.config.request_timeout };
        EndpointLayer::new(access, self.guard.clone(), deadline)
    }

    /// Measures a database.
    pub fn measured(&self, database: impl Database + 'static) -> Arc<dyn Database> {
        let (recorder, system) = (self.metrics.clone(), self.system.clone());
        Arc::new(crate::metrics::Measured { database, recorder, system })
    }

    fn envelope(&self) -> Envelope {
        Envelope {
            system: self.system.clone(),
            log: self.log.clone(),
            metrics: Some(self.metrics.clone()),
            trusted_proxies: self.config.common.trusted_proxies,
        }
    }
}

fn authenticator(auth: &Auth, scopes: &'static [Scope], dependencies: tokens::Dependencies) -> Authenticator {
    let Auth::Required { api_keys, jwt } = auth else {
        return Authenticator::Open(Scopes::all(scopes));
    };
    let system = dependencies.system.clone();
    let tokens = jwt.as_ref().map(|settings| verifier(settings, scopes, dependencies));
    Authenticator::Required { api_keys: api_keys.clone(), tokens, system }
}

fn verifier(settings: &JwtSettings, scopes: &'static [Scope], dependencies: tokens::Dependencies) -> Arc<dyn Tokens> {
    let keys = match &settings.keys {
        JwtKeys::Static(keys) => Keys::Static(keys.clone()),
        JwtKeys::Url(url) => Keys::Published(IssuerKeys::new(url, dependencies)),
    };
    Verifier::new(&settings.issuer, &settings.audience, scopes, keys)
}

#[cfg(test)]
mod tests;
