//! Gathers counts in an instance, and hands them on before the instance may end.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::catalogue::{AuthFailure, Bucket, CacheOperation, CacheResult, Credential, TransferResult, Uncounted};
use super::pending::{Pending, RequestSample};
use crate::log::Log;
use crate::ports::{MetricStore, StoreError, System};

/// How long counts wait to be handed on together, which is most of what they cost. An instance lives for a second
/// after its last request, unless that was the last it may serve, so there is as much time again to do it. What was
/// counted in this time is lost when the process is killed, as is, for Prometheus, all since the last scrape.
const FLUSH_PAUSE: Duration = Duration::from_millis(400);

/// How metrics are kept.
#[derive(Clone, Copy, Debug)]
pub struct MetricsSettings {
    /// `metrics`: whether anything is counted.
    pub is_on: bool,
    /// `max_instance_reuse_count`: how many requests the runtime gives an instance, at least.
    pub max_instance_reuse_count: u64,
}

/// The counts of one instance.
///
/// While more requests are sure to come, or a second of idleness, counts are handed on by a task of
/// their own. From the moment that the instance has got its last request, every answer waits until
/// all that was counted is handed on, because the runtime drops the instance, tasks and all, with
/// the last answer. Answers that wait at the same time share one hand-over.
pub struct Recorder {
    settings: MetricsSettings,
    store: Arc<dyn MetricStore>,
    system: Arc<dyn System>,
    log: Arc<Log>,
    pending: Mutex<Pending>,
    started: AtomicU64,
    is_flush_planned: AtomicBool,
    hand_over: tokio::sync::Mutex<()>,
}

impl Recorder {
    /// Counts nothing yet.
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
            hand_over: tokio::sync::Mutex::new(()),
        })
    }

    /// Whether anything is counted.
    pub fn is_on(&self) -> bool {
        self.settings.is_on
    }

    /// A request has come.
    pub fn request_started(&self) {
        self.started.fetch_add(1, Relaxed);
    }

    /// How many more requests the instance may get.
    pub fn requests_to_come(&self) -> u64 {
        self.settings.max_instance_reuse_count.saturating_sub(self.started.load(Relaxed))
    }

    /// A request has its answer, which must not be given before this returns.
    pub async fn request_ended(self: &Arc<Self>, sample: RequestSample<'_>) {
        if !self.is_on() {
            return;
        }
        self.pending().request(sample);
        if self.started.load(Relaxed) >= self.settings.max_instance_reuse_count {
            self.flush_or_log().await;
        } else if !self.is_flush_planned.swap(true, Relaxed) {
            let recorder = self.clone();
            self.system.spawn(Box::pin(async move {
                recorder.store.prepare().await;
                recorder.system.sleep(FLUSH_PAUSE).await;
                recorder.is_flush_planned.store(false, Relaxed);
                recorder.flush_or_log().await;
            }));
        }
    }

    /// An operation of the store has ended.
    pub fn store_operation(&self, operation: &'static str, duration: Duration, has_failed: bool) {
        if self.is_on() {
            self.pending().operation(operation, duration, has_failed);
        }
    }

    /// A request to transfer has ended.
    pub fn transfer(&self, result: TransferResult) {
        self.count(result.series());
    }

    /// A request came from somebody who is known; `key` is the name of the API key, or empty. Names
    /// are the operator's, and so there are few.
    pub fn authenticated(&self, credential: Credential, key: &str) {
        if self.is_on() {
            self.pending().authenticated(credential, key);
        }
    }

    /// A request was refused for its credential.
    pub fn auth_failure(&self, failure: AuthFailure) {
        self.count(failure.series());
    }

    /// A request was refused because there were too many.
    pub fn rate_limited(&self, by: Bucket) {
        self.count(by.series());
    }

    /// A request could not be counted for its limit.
    pub fn rate_limiter_error(&self, outcome: Uncounted) {
        self.count(outcome.series());
    }

    /// One user was asked for.
    pub fn cache_read(&self, result: CacheResult) {
        self.count(result.series());
    }

    /// The cache has failed.
    pub fn cache_error(&self, operation: CacheOperation) {
        self.count(operation.series());
    }

    /// Hands on all that was counted. What fails to be handed on is kept for the next time.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let _turn = self.hand_over.lock().await;
        let deltas = self.pending().take();
        if deltas.is_empty() {
            return Ok(());
        }
        let result = self.store.add(&deltas).await;
        if result.is_err() {
            self.pending().restore(deltas);
        }
        result
    }

    async fn flush_or_log(&self) {
        if let Err(error) = self.flush().await {
            self.log.error("metrics could not be kept", &[("cause", error.to_string().into())]);
        }
    }

    fn count(&self, series: &'static str) {
        if self.is_on() {
            self.pending().counter(series);
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
