//! `GET /`: what runs here.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Operations;
use crate::SERVICE;
use crate::config::Config;
use crate::http::{Page, prefers_html};

const SCRIPT: &str = "<script type=\"module\" src=\"/docs/assets/status.js\"></script>\n";

/// If `docs_enabled`.
const DOCS: &str = "<a href=\"/docs\">Swagger UI</a>\n<a href=\"/redoc\">ReDoc</a>\n";

/// What runs here.
#[derive(Serialize, ToSchema)]
pub(super) struct Index<'a> {
    #[schema(example = "mini-api")]
    service: &'static str,
    /// The environment, as the variable `app_env` names it.
    #[schema(example = "production")]
    env: &'a str,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The pod or machine, as the variable `app_hostname` names it.
    #[schema(example = "mini-api-7d4b9c-x2x7p")]
    hostname: &'a str,
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
pub(super) async fn get_index(State(operations): State<Operations>, headers: HeaderMap) -> Response {
    let Operations { chassis, version, .. } = &operations;
    let Config { app_env: env, app_hostname: hostname, common, .. } = &chassis.config;
    if prefers_html(&headers) {
        let rows = [("Version", *version, ""), ("Environment", env, ""), ("Host", hostname, "")];
        let rows = rows.into_iter().filter(|(_, value, _)| *value != "unknown").collect();
        let summary = "An HTTP API in one WebAssembly component.";
        let links = if common.docs_enabled { DOCS } else { "" };
        Page { title: "Status", summary, rows, links, script: SCRIPT }.respond(StatusCode::OK)
    } else {
        let vary = [(header::VARY, HeaderValue::from_static("Accept"))];
        (vary, Json(Index { service: SERVICE, env, version, hostname })).into_response()
    }
}
