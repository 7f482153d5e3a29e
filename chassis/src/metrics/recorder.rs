//! Gathers counts in an instance, and flushes them before the instance may end.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::catalogue::{Credential, series};
use super::pending::{Pending, RequestSample};
use crate::log::{Log, Throttle};
use crate::ports::{Database, MetricStore, QueryResult, StoreError, System, Value, lock};

/// Time that counts wait to be flushed together: a flush costs far more than a count. An instance lives for a second
/// after its last request, unless that was the last it may serve, so there is as much time again for the flush. Counts of
/// this time are lost when the process is killed, as are, for Prometheus, all since the last scrape.
const FLUSH_PAUSE: Duration = Duration::from_millis(400);
/// Time after the first request of an instance in which another one shows that the runtime reuses it. Else its counts are
/// flushed at once: Spin 4.1 and newer give a component of Spin 4.0 one instance for each request, and it stays until the
/// flush is done.
const REUSE_PAUSE: Duration = Duration::from_millis(5);
/// Maximum delay of a response by the flush of its counts. An upsert takes about a millisecond; a lock on the pod's
/// file must not fail a health check, which times out after one second.
const MAX_RESPONSE_DELAY: Duration = Duration::from_millis(100);
/// Number of waits that make up a timeout. On a busy machine timers are late, and each wait gives the flush a turn.
const WAITS: u32 = 10;

#[derive(Clone, Copy, Debug)]
pub struct MetricsSettings {
    /// `metrics`.
    pub is_on: bool,
    /// Minimum number of requests that the runtime gives an instance.
    pub max_instance_reuse_count: u64,
}

/// The counts of one instance.
///
/// As long as the instance can expect further requests or at least one idle second, a background task flushes the
/// counts. Once the instance has received its last request, every response waits for a flush, for at most
/// [`MAX_RESPONSE_DELAY`], because the runtime drops the instance with its last response. Concurrent responses share
/// one flush.
///
/// Every flush is a task of its own. A response or a scrape that waits for it may be cancelled, and a cancelled
/// statement has an unknown outcome. So counts may be lost with the instance, but are never counted twice.
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
        Arc::new(Self {
            settings,
            store,
            system,
            log,
            pending: Mutex::default(),
            started: AtomicU64::new(0),
            is_flush_planned: AtomicBool::new(false),
            turn: tokio::sync::Mutex::new(()),
            warnings: Throttle::default(),
        })
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
        if self.is_last_request() {
            self.flush_within(MAX_RESPONSE_DELAY).await;
        } else if !self.is_flush_planned.swap(true, Relaxed) {
            let recorder = self.clone();
            self.system.spawn(Box::pin(async move {
                recorder.store.prepare().await;
                recorder.system.sleep(REUSE_PAUSE).await;
                if recorder.started.load(Relaxed) > 1 {
                    recorder.system.sleep(FLUSH_PAUSE).await;
                }
                recorder.is_flush_planned.store(false, Relaxed);
                recorder.flush().await;
            }));
        }
    }

    pub fn store_operation(&self, operation: &'static str, duration: Duration, has_failed: bool) {
        self.record(|pending| pending.operation(operation, duration, has_failed));
    }

    /// Counts a request of an identified caller. `key` is the name of the API key, of which there are few, or empty.
    pub fn authenticated(&self, credential: Credential, key: &str) {
        self.record(|pending| pending.authenticated(credential, key));
    }

    /// Adds one to a series: the name of its family, and the labels in braces.
    pub fn count(&self, series: &'static str) {
        self.record(|pending| pending.count(series));
    }

    fn record(&self, change: impl FnOnce(&mut Pending)) {
        if self.is_on() {
            change(&mut lock(&self.pending));
        }
    }

    /// Starts a flush and waits for it for at most `timeout`. Returns whether all counts are in the store. The flush
    /// continues after the timeout, and when the caller is cancelled.
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

    /// Adds all pending counts to the store, or keeps them for the next flush if that fails.
    ///
    /// First waits for the flush before this one, so that both share one statement. Once the instance has received its
    /// last request, a flush that is delayed by a lock must not delay the next, whose statement would never start.
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

/// Records how long every operation takes and whether it fails.
pub struct Measured<D> {
    pub database: D,
    pub recorder: Arc<Recorder>,
    pub system: Arc<dyn System>,
}

impl<D> Measured<D> {
    async fn measure<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
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

    async fn check(&self) -> Result<(), StoreError> {
        self.measure("check", self.database.check()).await
    }
}

#[cfg(test)]
mod tests;
