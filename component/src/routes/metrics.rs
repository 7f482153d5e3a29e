//! `GET /metrics`: what was counted, for Prometheus.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};

use super::AppState;
use crate::http::{ApiError, prefers_openmetrics};
use crate::metrics::{Format, Gauges, expose};

/// Longest wait for the totals, which a scrape can do without: Prometheus gives up after ten
/// seconds by default, and the rest matters more.
const TOTALS_TIMEOUT: Duration = Duration::from_secs(1);

/// Everything that the instances of this pod have counted, and the totals of the store.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "get_metrics",
    tag = "operations",
    responses((
        status = 200,
        description = "What was counted, as Prometheus's text or as OpenMetrics.",
        content((String = "text/plain"), (String = "application/openmetrics-text")),
        headers(("Vary" = String, description = "On which headers of the request the answer depends.")),
    )),
    extensions(("x-problems" = json!(["not-found", "store-unavailable", "timed-out", "internal"]))),
)]
pub(super) async fn get(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, ApiError> {
    if !state.metrics.is_on() {
        return Err(ApiError::NotFound);
    }
    let totals = totals(&state).await;
    state.metrics.flush().await?;
    let counted = state.metric_store.read().await?;
    let format = if prefers_openmetrics(&headers) { Format::OpenMetrics } else { Format::Text };
    let gauges = Gauges { version: env!("CARGO_PKG_VERSION"), env: &state.config.app_env, totals };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.content_type())),
        (header::VARY, HeaderValue::from_static("Accept")),
    ];
    Ok((headers, expose(&counted, &gauges, format)).into_response())
}

async fn totals(state: &AppState) -> Option<(i64, i64)> {
    match select(state.store.totals(), state.system.sleep(TOTALS_TIMEOUT)).await {
        Either::Left((Ok(totals), _)) => Some(totals),
        Either::Left((Err(error), _)) => {
            state.log.error(&error.to_string(), &[("endpoint", "/metrics".into())]);
            None
        }
        Either::Right(_) => None,
    }
}
