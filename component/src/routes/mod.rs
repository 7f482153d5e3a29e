//! The whole API at a glance.

mod current_time;
mod health;
mod hello_world;
mod index;
mod metrics;
mod tocos;
mod transfers;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

use crate::config::{Config, ConfigProblem};
use crate::http::{ApiError, authenticate, remember_endpoint};
use crate::log::Log;
use crate::metrics::Recorder;
use crate::ports::{MetricStore, Store, System};

/// What the handlers work with.
#[derive(Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
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
    let protected = Router::new()
        .route("/hello_world", get(hello_world::get))
        .route("/current_time", get(current_time::get))
        .route("/tocos", get(tocos::list).post(tocos::create))
        .route("/tocos/{user}", get(tocos::get).put(tocos::put).delete(tocos::delete))
        .route("/transfers", get(transfers::list).post(transfers::create))
        .route("/transfers/{id}", get(transfers::get))
        .route_layer(from_fn_with_state(state.config.clone(), authenticate));
    Router::new()
        .route("/", get(index::get))
        .route("/health", get(health::health))
        .route("/healthcheck", get(health::health))
        .route("/readiness", get(health::readiness))
        .route("/metrics", get(metrics::get))
        .merge(protected)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .fallback(async || ApiError::NotFound)
        .layer(from_fn(remember_endpoint))
        .with_state(state)
}

/// What is left of the API when its settings can't be used: it lives, isn't ready, and says why.
pub fn misconfigured(problems: Vec<ConfigProblem>) -> Router {
    let readiness = health::misconfigured(&problems);
    Router::new()
        .route("/health", get(health::health))
        .route("/healthcheck", get(health::health))
        .route("/readiness", get(async || readiness))
        .fallback(async || ApiError::Misconfigured(problems))
        .layer(from_fn(remember_endpoint))
}
