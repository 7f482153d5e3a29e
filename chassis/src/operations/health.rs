use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::Operations;
use crate::api::{Application, Chassis};
use crate::config::{Auth, Config, ConfigProblem, JwtKeys, JwtSettings};
use crate::ports::StoreError;

/// A probe of Kubernetes times out after one second by default.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

const OK: &str = "ok";

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
    get, path = "/health", tag = "operations",
    responses((status = 200, description = "It is.", body = Health)),
)]
pub(super) async fn get_health() -> Json<Health> {
    Json(Health { status: OK })
}

/// The same, by the name that other services have for it.
#[utoipa::path(
    get, path = "/healthcheck", tag = "operations",
    responses((status = 200, description = "It is.", body = Health)),
)]
pub(super) async fn get_healthcheck() -> Json<Health> {
    get_health().await
}

/// Can requests be served? Asked of what they would need.
#[utoipa::path(
    get, path = "/readiness", tag = "operations",
    responses(
        (status = 200, description = "They can.", body = Readiness),
        (status = 503, description = "They can't, and why.", body = Readiness),
    ),
)]
pub(super) async fn get_readiness(
    State(Operations { chassis, application, .. }): State<Operations>,
) -> (StatusCode, Json<Readiness>) {
    let api_key = check_api_key(&chassis.config);
    let database = check_database(&chassis, &*application).await;
    let text = |check: Check| Some(check.unwrap_or_else(|problem| problem));
    let checks = Checks { configuration: OK.into(), api_key: text(api_key), database: text(database) };
    answer(api_key.is_ok() && database.is_ok(), checks, warnings(&chassis.config))
}

pub(super) fn misconfigured(problems: &[ConfigProblem]) -> (StatusCode, Json<Readiness>) {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    answer(false, Checks { configuration: problems.join("; "), api_key: None, database: None }, Vec::new())
}

fn answer(is_ready: bool, checks: Checks, warnings: Vec<&'static str>) -> (StatusCode, Json<Readiness>) {
    let (code, status) =
        if is_ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") };
    (code, Json(Readiness { status, checks, warnings }))
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

type Check = Result<&'static str, &'static str>;

fn check_api_key(config: &Config) -> Check {
    match &config.auth {
        Auth::None => Ok("not required"),
        Auth::Required { api_keys: None, .. } => Ok("not accepted"),
        Auth::Required { api_keys: Some(keys), .. } if keys.is_empty() => Err("missing: the variable api_key is empty"),
        Auth::Required { api_keys: Some(_), .. } => Ok(OK),
    }
}

async fn check_database(chassis: &Chassis, application: &dyn Application) -> Check {
    let checked = chassis.system.timeout(DATABASE_TIMEOUT, application.check()).await.ok_or("no answer within 1 s")?;
    let Err(error) = checked else { return Ok(OK) };
    chassis.log.error(&error.to_string(), &[("check", "database".into())]);
    Err(if matches!(error, StoreError::Unavailable(_)) { "unavailable" } else { "failed" })
}
