use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::Operations;
use crate::SERVICE;
use crate::config::Config;

/// Service and version.
#[derive(Serialize, ToSchema)]
pub(super) struct Index {
    #[schema(example = "mini-api")]
    service: &'static str,
    /// Environment, from the variable `app_env`.
    #[schema(example = "production")]
    env: String,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Pod or machine, from the variable `app_hostname`.
    #[schema(example = "mini-api-7d4b9c-x2x7p")]
    hostname: String,
}

/// Identifies the service
///
/// Responds with JSON, or with the status page if the client prefers HTML.
#[utoipa::path(
    get, path = "/", tag = "operations",
    responses((
        status = 200, description = "Service, version, environment and host.",
        content((Index = "application/json"), (String = "text/html; charset=utf-8")),
        headers(
            ("Vary" = String, description = "Request headers that the response depends on."),
            ("Content-Security-Policy" = String, description = "What the page may load and run."),
            ("Referrer-Policy" = String, description = "What links on the page reveal to their targets."),
        ),
    )),
)]
pub(super) async fn get_index(State(operations): State<Operations>) -> impl IntoResponse {
    let Operations { chassis, version, .. } = operations;
    let Config { app_env, app_hostname, .. } = &chassis.config;
    let index = Index { service: SERVICE, env: app_env.clone(), version, hostname: app_hostname.clone() };
    ([(header::VARY, HeaderValue::from_static("Accept"))], Json(index))
}
