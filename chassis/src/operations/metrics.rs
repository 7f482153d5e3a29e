use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Operations;
use crate::api::Chassis;
use crate::http::{Problem, metrics_format};
use crate::metrics::{Scrape, expose};
use crate::ports::{StoreResult, Unavailable};

/// Longest wait for each of the three parts of a scrape. Prometheus times out after ten seconds by default.
const PART_TIMEOUT: Duration = Duration::from_secs(1);

/// Exposes metrics
///
/// Counters of this pod, and gauges from the database, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((
        status = 200, description = "Metrics, as Prometheus text or OpenMetrics.",
        content((String = "text/plain"), (String = "application/openmetrics-text")),
        headers(("Vary")),
    )),
    extensions(("x-problems" = json!(["not-found", "timed-out"]))),
)]
pub(super) async fn get_metrics(State(operations): State<Operations>, headers: HeaderMap) -> Result<Response, Problem> {
    let Operations { chassis, application, version, families } = operations;
    if !chassis.metrics.is_on() {
        return Err(Problem::not_found());
    }
    let gauges = in_time(&chassis, "gauges", application.gauges()).await;
    // Counts that can't be flushed are not exposed: the next scrape may reach another instance, which lacks them.
    let are_flushed = chassis.metrics.flush_within(PART_TIMEOUT).await;
    let counted = in_time(&chassis, "counts", chassis.metric_store.read()).await;
    let scrape = Scrape {
        version,
        env: &chassis.config.app_env,
        gauges: gauges.unwrap_or_default(),
        families,
        counted: counted.as_deref(),
        is_store_up: are_flushed && counted.is_some(),
    };
    let format = metrics_format(&headers);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.content_type())),
        (header::VARY, HeaderValue::from_static("Accept")),
    ];
    Ok((headers, expose(&scrape, format)).into_response())
}

async fn in_time<T>(chassis: &Chassis, part: &'static str, work: impl Future<Output = StoreResult<T>>) -> Option<T> {
    let done = chassis.system.in_time(PART_TIMEOUT, work).await;
    let log = |Unavailable(cause)| {
        chassis.log.error("a scrape is incomplete", &[("part", part.into()), ("cause", cause.into())]);
    };
    done.map_err(log).ok()
}
