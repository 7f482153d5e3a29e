//! `GET /health` and `GET /readiness`: is the component alive, and can it serve?

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::future::{Either, select};
use serde::Serialize;

use super::AppState;
use crate::config::{Auth, Config, ConfigProblem};
use crate::ports::StoreError;

/// Longest wait for the database: a probe of Kubernetes gives up after one second by default.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

/// What a check says when all is well.
const OK: &str = "ok";

#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
}

#[derive(Clone, Serialize)]
pub(super) struct Readiness {
    status: &'static str,
    checks: Checks,
}

#[derive(Clone, Serialize)]
struct Checks {
    configuration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'static str>,
}

/// Touches no dependency: a database that is away is no reason to restart the API.
pub(super) async fn health() -> Json<Health> {
    Json(Health { status: OK })
}

/// Whether requests can be served, asked of what they would need.
pub(super) async fn readiness(State(state): State<AppState>) -> (StatusCode, Json<Readiness>) {
    let (key_is_ready, api_key) = check_api_key(&state.config);
    let (database_is_ready, database) = check_database(&state).await;
    let checks = Checks { configuration: OK.into(), api_key: Some(api_key), database: Some(database) };
    answer(key_is_ready && database_is_ready, checks)
}

/// The answer of a component whose settings can't be used.
pub(super) fn misconfigured(problems: &[ConfigProblem]) -> (StatusCode, Json<Readiness>) {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    answer(false, Checks { configuration: problems.join("; "), api_key: None, database: None })
}

fn answer(is_ready: bool, checks: Checks) -> (StatusCode, Json<Readiness>) {
    if is_ready {
        (StatusCode::OK, Json(Readiness { status: "ready", checks }))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Readiness { status: "not ready", checks }))
    }
}

fn check_api_key(config: &Config) -> (bool, &'static str) {
    match &config.auth {
        Auth::None => (true, "not required"),
        Auth::ApiKey(keys) if keys.is_empty() => (false, "missing: the variable api_key is empty"),
        Auth::ApiKey(_) => (true, OK),
    }
}

async fn check_database(state: &AppState) -> (bool, &'static str) {
    let timeout = state.system.sleep(DATABASE_TIMEOUT);
    match select(state.store.check(), timeout).await {
        Either::Left((Ok(()), _)) => (true, OK),
        Either::Left((Err(error), _)) => {
            state.log.error(&error.to_string(), &[("check", "database".into())]);
            match error {
                StoreError::Unavailable(_) => (false, "unavailable"),
                StoreError::Internal(_) => (false, "failed"),
            }
        }
        Either::Right(_) => (false, "no answer within 1 s"),
    }
}
