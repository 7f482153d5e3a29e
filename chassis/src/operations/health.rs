//! `GET /health` and `GET /readiness`: is the component alive, and can it serve?

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Operations;
use crate::api::{Application, Chassis};
use crate::config::{Auth, Config, ConfigProblem, JwtKeys, JwtSettings};
use crate::http::{Page, is_browser};
use crate::ports::StoreError;

/// A probe of Kubernetes times out after one second by default.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

const OK: &str = "ok";

/// Classes of the pages' rows.
const GOOD: &str = "good";
const BAD: &str = "bad";

#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// `ready`, or `not ready`.
    #[schema(example = "ready")]
    status: &'static str,
    checks: Checks,
    // Not logged: every instance of the component would repeat them.
    /// Settings that work but are unsafe in production.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["auth is none: every route is open to everybody"]))]
    warnings: Vec<&'static str>,
}

/// What was checked: each is `ok`, or says what is wrong.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Checks {
    #[schema(example = "ok")]
    configuration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ok")]
    api_key: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ok")]
    database: Option<&'static str>,
}

/// Is the component alive? Touches no dependency.
#[utoipa::path(
    get,
    path = "/health",
    tag = "operations",
    responses((
        status = 200, description = "It is.",
        content((Health = "application/json"), (String = "text/html; charset=utf-8")),
    )),
)]
pub(super) async fn get_health(headers: HeaderMap) -> Response {
    if is_browser(&headers) {
        let rows = vec![("Component", OK, GOOD)];
        let summary = "The component runs. This page says nothing about its dependencies.";
        return Page { title: "Healthy", summary, rows, ..Page::default() }.respond(StatusCode::OK);
    }
    Json(Health { status: OK }).into_response()
}

/// The same, by the name that other services have for it.
#[utoipa::path(
    get,
    path = "/healthcheck",
    tag = "operations",
    responses((
        status = 200, description = "It is.",
        content((Health = "application/json"), (String = "text/html; charset=utf-8")),
    )),
)]
pub(super) async fn get_healthcheck(headers: HeaderMap) -> Response {
    get_health(headers).await
}

/// Can requests be served? Asked of what they would need.
#[utoipa::path(
    get,
    path = "/readiness",
    tag = "operations",
    responses(
        (
            status = 200, description = "They can.",
            content((Readiness = "application/json"), (String = "text/html; charset=utf-8")),
        ),
        (
            status = 503, description = "They can't, and why.",
            content((Readiness = "application/json"), (String = "text/html; charset=utf-8")),
        ),
    ),
)]
pub(super) async fn get_readiness(
    State(Operations { chassis, application, .. }): State<Operations>,
    headers: HeaderMap,
) -> Response {
    let (key_is_ready, api_key) = check_api_key(&chassis.config);
    let (database_is_ready, database) = check_database(&chassis, &*application).await;
    let checks = Checks { configuration: OK.into(), api_key: Some(api_key), database: Some(database) };
    let readiness = Readiness::new(key_is_ready && database_is_ready, checks, warnings(&chassis.config));
    readiness.respond(&headers)
}

pub(super) fn misconfigured(problems: &[ConfigProblem]) -> Readiness {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    Readiness::new(false, Checks { configuration: problems.join("; "), api_key: None, database: None }, Vec::new())
}

impl Readiness {
    fn new(is_ready: bool, checks: Checks, warnings: Vec<&'static str>) -> Self {
        Self { status: if is_ready { "ready" } else { "not ready" }, checks, warnings }
    }

    pub(super) fn respond(self, headers: &HeaderMap) -> Response {
        let is_ready = self.status == "ready";
        let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        if !is_browser(headers) {
            return (status, Json(self)).into_response();
        }
        let Checks { configuration, api_key, database } = &self.checks;
        let checks = [("Configuration", Some(configuration.as_str())), ("API key", *api_key), ("Database", *database)];
        let class = |value: &str| if value == OK || value.starts_with("not ") { GOOD } else { BAD };
        let checks = checks.into_iter().filter_map(|(name, value)| Some((name, value?, class(value?))));
        let rows = checks.chain(self.warnings.iter().map(|warning| ("Warning", *warning, "warning"))).collect();
        let (title, summary) = if is_ready {
            ("Ready", "The API can serve requests.")
        } else {
            ("Not ready", "The API can't serve requests until the checks in red pass.")
        };
        Page { title, summary, rows, ..Page::default() }.respond(status)
    }
}

fn warnings(config: &Config) -> Vec<&'static str> {
    match &config.auth {
        Auth::None => vec!["auth is none: every route is open to everybody"],
        Auth::Required { jwt: Some(JwtSettings { keys: JwtKeys::Url(url), .. }), .. } if url.starts_with("http://") => {
            vec!["jwt_jwks_url is not https: an attacker on the network can sign any token"]
        }
        Auth::Required { .. } => Vec::new(),
    }
}

fn check_api_key(config: &Config) -> (bool, &'static str) {
    match &config.auth {
        Auth::None => (true, "not required"),
        Auth::Required { api_keys: Some(keys), .. } if keys.is_empty() => {
            (false, "missing: the variable api_key is empty")
        }
        Auth::Required { api_keys: Some(_), .. } => (true, OK),
        Auth::Required { api_keys: None, .. } => (true, "not accepted"),
    }
}

async fn check_database(chassis: &Chassis, application: &dyn Application) -> (bool, &'static str) {
    match chassis.system.timeout(DATABASE_TIMEOUT, application.check()).await {
        Some(Ok(())) => (true, OK),
        Some(Err(error)) => {
            chassis.log.error(&error.to_string(), &[("check", "database".into())]);
            match error {
                StoreError::Unavailable(_) => (false, "unavailable"),
                StoreError::Internal(_) => (false, "failed"),
            }
        }
        None => (false, "no answer within 1 s"),
    }
}
