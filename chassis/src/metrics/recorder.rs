use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::catalogue::{AUTHENTICATED_REQUESTS, Credential, series};
use super::pending::{Pending, RequestSample};
use crate::log::{Log, Throttle};
use crate::ports::{Database, MetricStore, QueryResult, StoreResult, System, Value, lock};

/// Pause before a flush, to gather more counts. An idle instance lives for another second, unless it has served its
/// last request, so 0.6 s remain for the flush. A killed process loses the counts of the pause.
const FLUSH_PAUSE: Duration = Duration::from_millis(400);
/// Longest wait of a response for its flush, which takes about a millisecond. A lock on the pod's file must not fail a
/// health check, which times out after one second.
const MAX_RESPONSE_DELAY: Duration = Duration::from_millis(100);
/// Number of waits in a timeout. On a busy machine timers are late, and each wait gives the flush a turn.
const WAITS: u32 = 10;

#[derive(Clone, Copy, Debug)]
pub struct MetricsSettings {
    pub is_on: bool,
    /// Number of requests after which the runtime may drop an instance.
    pub max_instance_reuse_count: u64,
}

/// Counts in one instance, and flushes before it may end. While the instance can expect further requests or an idle
/// second, a background task flushes. After its last request every response waits for a flush, because the runtime
/// drops the instance with its last response. Concurrent responses share one flush.
///
/// A first response waits too, if no other request has started: the runtime may give the instance no further one (Spin
/// 4.1 and newer, with a component of Spin 4.0). Without this wait, such instances would start faster than they end.
///
/// Every flush is a task: a response or a scrape that waits may be cancelled, and a cancelled statement has an unknown
/// outcome. So counts may be lost with the instance, but are never counted twice.
pub struct Recorder {
    settings: MetricsSettings,
    store: Arc<dyn MetricStore>,
    system: Arc<dyn System>,
    log: Arc<Log>,
    pending: Mutex<Pending>,
    started: AtomicU64,
    is_flush_planned: AtomicBool,
    turn: tokio::sync::Mutex<()>,
    warnings: Throttle,
}

impl Recorder {
    pub fn new(
        settings: MetricsSettings,
        store: Arc<dyn MetricStore>,
        system: Arc<dyn System>,
        log: Arc<Log>,
    ) -> Arc<Self> {
        let (pending, started, is_flush_planned, turn, warnings) = Default::default();
        Arc::new(Self { settings, store, system, log, pending, started, is_flush_planned, turn, warnings })
    }

    pub fn is_on(&self) -> bool {
        self.settings.is_on
    }

    pub fn request_started(&self) {
        if self.started.fetch_add(1, Relaxed) == 0 {
            self.count(series::INSTANCES);
        }
    }

    fn is_last_request(&self) -> bool {
        self.started.load(Relaxed) >= self.settings.max_instance_reuse_count
    }

    /// Counts a request. Its response must wait for this.
    pub async fn request_ended(self: &Arc<Self>, sample: RequestSample<'_>) {
        if !self.is_on() {
            return;
        }
        lock(&self.pending).request(sample);
        if self.started.load(Relaxed) == 1 || self.is_last_request() {
            self.flush_within(MAX_RESPONSE_DELAY).await;
        } else if !self.is_flush_planned.swap(true, Relaxed) {
            let recorder = self.clone();
            self.system.spawn(Box::pin(async move {
                recorder.system.sleep(FLUSH_PAUSE).await;
                recorder.is_flush_planned.store(false, Relaxed);
                recorder.flush().await;
            }));
        }
    }

    pub fn store_operation(&self, operation: &'static str, duration: Duration, has_failed: bool) {
        self.record(|pending| pending.operation(operation, duration, has_failed));
    }

    /// `key` is the name of the API key, or empty. The settings list all names, so the series are bounded.
    pub fn authenticated(&self, credential: Credential, key: &str) {
        let credential = if credential == Credential::ApiKey { "api_key" } else { "jwt" };
        let series = format!(r#"{AUTHENTICATED_REQUESTS}{{credential="{credential}",key="{key}"}}"#);
        self.record(|pending| pending.count(series));
    }

    /// Adds one to a series, such as `family{label="value"}`. Only families of the chassis and of `Api::FAMILIES` are shown.
    pub fn count(&self, series: &'static str) {
        self.record(|pending| pending.count(series));
    }

    fn record(&self, change: impl FnOnce(&mut Pending)) {
        if self.is_on() {
            change(&mut lock(&self.pending));
        }
    }

    /// Starts a flush, which continues if the caller stops waiting. Returns whether it succeeded within `timeout`.
    pub async fn flush_within(self: &Arc<Self>, timeout: Duration) -> bool {
        let (done, mut is_done) = oneshot::channel();
        let recorder = self.clone();
        self.system.spawn(Box::pin(async move {
            // Fails if the caller has stopped waiting.
            let _ = done.send(recorder.flush().await);
        }));
        for _ in 0..WAITS {
            if let Some(is_flushed) = self.system.timeout(timeout / WAITS, &mut is_done).await {
                return is_flushed.unwrap_or_default();
            }
        }
        false
    }

    /// Flushes the counts, or keeps them for the next flush if the store fails. Waits for a running flush, so that all
    /// waiting flushes share a statement. After the last request it waits at most 50 ms, as a lock may delay it.
    async fn flush(&self) -> bool {
        let turn = self.turn.lock();
        let _turn = if self.is_last_request() {
            self.system.timeout(MAX_RESPONSE_DELAY / 2, turn).await
        } else {
            Some(turn.await)
        };
        let deltas = lock(&self.pending).take();
        if deltas.is_empty() {
            return true;
        }
        let result = self.store.add(&deltas).await;
        if let Err(error) = &result {
            lock(&self.pending).restore(deltas);
            if self.warnings.is_due(self.system.elapsed()) {
                self.log.error("metrics could not be kept", &[("cause", error.to_string().into())]);
            }
        }
        result.is_ok()
    }
}

pub struct Measured<D> {
    pub database: D,
    pub recorder: Arc<Recorder>,
    pub system: Arc<dyn System>,
}

impl<D> Measured<D> {
    async fn measure<T>(&self, operation: &'static str, work: impl Future<Output = StoreResult<T>>) -> StoreResult<T> {
        let began = self.system.elapsed();
        let result = work.await;
        let duration = self.system.elapsed().saturating_sub(began);
        self.recorder.store_operation(operation, duration, result.is_err());
        result
    }
}

#[async_trait]
impl<D: Database> Database for Measured<D> {
    async fn read(&self, operation: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult {
        self.measure(operation, self.database.read(operation, sql, parameters)).await
    }

    async fn write(&self, operation: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult {
        self.measure(operation, self.database.write(operation, sql, parameters)).await
    }

    async fn check(&self) -> StoreResult<()> {
        self.measure("check", self.database.check()).await
    }
}

#[cfg(test)]
mod tests;
