//! The whole API at a glance.

mod current_time;
mod health;
mod hello_world;
mod index;
mod metrics;
pub mod openapi;
mod tocos;
mod transfers;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;

use crate::config::{Config, ConfigProblem};
use crate::http::{
    ApiError, Authenticator, Deadline, Guard, Oversight, RateLimits, cors, method_not_allowed, remember_endpoint,
};
use crate::log::Log;
use crate::metrics::Recorder;
use crate::ports::{MetricStore, Store, System};

/// What the handlers work with.
#[derive(Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// Who may ask.
    pub authenticator: Arc<Authenticator>,
    /// How often; nothing where nobody counts.
    pub rate_limits: Option<Arc<RateLimits>>,
    /// Where tocos are kept.
    pub store: Arc<dyn Store>,
    /// Time and randomness.
    pub system: Arc<dyn System>,
    /// What was counted.
    pub metrics: Arc<Recorder>,
    /// Where counts are kept.
    pub metric_store: Arc<dyn MetricStore>,
    /// Where to tell an operator of what a client is not told.
    pub log: Arc<Log>,
}

/// Every route of the API.
pub fn router(state: AppState) -> Router {
    let deadline = Deadline { system: state.system.clone(), timeout: state.config.request_timeout };
    let guarded = |is_scoped| {
        let (authenticator, rate_limits) = (state.authenticator.clone(), state.rate_limits.clone());
        Oversight::new(Some(Guard { authenticator, rate_limits, is_scoped }), deadline.clone())
    };
    let protected = Router::new()
        .route("/hello_world", get(hello_world::get))
        .route("/current_time", get(current_time::get))
        .route_layer(guarded(false));
    let scoped = Router::new()
        .route("/tocos", get(tocos::list).post(tocos::create))
        .route("/tocos/{user}", get(tocos::get).put(tocos::put).delete(tocos::delete))
        .route("/transfers", get(transfers::list).post(transfers::create))
        .route("/transfers/{id}", get(transfers::get))
        .route_layer(guarded(true));
    let cors = cors(&state.config.service.cors_origins);
    let router = Router::new()
        .route("/", get(index::get))
        .route("/health", get(health::health))
        .route("/healthcheck", get(health::healthcheck))
        .route("/readiness", get(health::readiness))
        .route("/metrics", get(metrics::get))
        .layer(Oversight::new(None, deadline))
        .merge(protected)
        .merge(scoped)
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(async || ApiError::NotFound)
        .with_state(state);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// What is left of the API when its settings can't be used: it lives, isn't ready, and says why.
pub fn misconfigured(problems: Vec<ConfigProblem>) -> Router {
    let readiness = health::misconfigured(&problems);
    Router::new()
        .route("/health", get(health::health))
        .route("/healthcheck", get(health::healthcheck))
        .route("/readiness", get(async || readiness))
        .fallback(async || ApiError::Misconfigured(problems))
        .layer(from_fn(remember_endpoint))
}
