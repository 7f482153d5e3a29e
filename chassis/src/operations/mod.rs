//! The routes of operation: `/`, `/health`, `/healthcheck`, `/readiness` and `/metrics`.

mod health;
mod index;
mod metrics;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;

use crate::api::{Api, Application, Chassis};
use crate::config::ConfigProblem;
use crate::http::{Access, Problem, method_not_allowed, remember_endpoint, with_cors};
use crate::metrics::Family;

#[derive(Clone)]
pub struct Operations {
    chassis: Arc<Chassis>,
    application: Arc<dyn Application>,
    version: &'static str,
    families: &'static [Family],
}

crate::routes! {
    Operations;
    Access::Open => { index::get_index, health::get_health, health::get_healthcheck, health::get_readiness, metrics::get_metrics }
}

pub(crate) fn router_of<A: Api>(routes: Router, chassis: Arc<Chassis>, application: Arc<dyn Application>) -> Router {
    let operations = Operations { chassis: chassis.clone(), application, version: A::VERSION, families: A::FAMILIES };
    let router = router(&chassis, &operations)
        .merge(routes)
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(async || Problem::not_found());
    with_cors(router, &chassis.config.common.cors_origins)
}

/// Returns the routes of an API with invalid settings: healthy, but not ready, with the reason.
pub(crate) fn misconfigured(problems: Vec<ConfigProblem>) -> Router {
    let readiness = health::misconfigured(&problems);
    Router::new()
        .route("/health", get(health::get_health))
        .route("/healthcheck", get(health::get_healthcheck))
        .route("/readiness", get(async || readiness))
        .fallback(async move || Problem::misconfigured(&problems))
        .layer(from_fn(remember_endpoint))
}
