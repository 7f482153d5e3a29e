use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::Operations;
use crate::SERVICE;
use crate::config::Config;

/// What runs here.
#[derive(Serialize, ToSchema)]
pub(super) struct Index {
    #[schema(example = "mini-api")]
    service: &'static str,
    /// The environment, as the variable `app_env` names it.
    #[schema(example = "production")]
    env: String,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The pod or machine, as the variable `app_hostname` names it.
    #[schema(example = "mini-api-7d4b9c-x2x7p")]
    hostname: String,
}

/// What runs here, as JSON, or as a page where the client prefers HTML.
#[utoipa::path(
    get,
    path = "/",
    tag = "operations",
    responses((
        status = 200,
        description = "What runs here.",
        content((Index = "application/json"), (String = "text/html; charset=utf-8")),
        headers(
            ("Vary" = String, description = "On which headers of the request the answer depends."),
            ("Content-Security-Policy" = String, description = "What the page may load and run."),
            ("Referrer-Policy" = String, description = "What the page tells where it leads to."),
        ),
    )),
)]
pub(super) async fn get_index(State(operations): State<Operations>) -> impl IntoResponse {
    let Operations { chassis, version, .. } = operations;
    let Config { app_env, app_hostname, .. } = &chassis.config;
    let index = Index { service: SERVICE, env: app_env.clone(), version, hostname: app_hostname.clone() };
    ([(header::VARY, HeaderValue::from_static("Accept"))], Json(index))
}
