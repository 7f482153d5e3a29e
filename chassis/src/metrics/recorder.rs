//! Gathers counts in an instance, and hands them on before the instance may end.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::oneshot;

use super::catalogue::{AuthFailure, Bucket, CacheOperation, CacheResult, Credential, Uncounted};
use super::pending::{Pending, RequestSample};
use crate::log::{Log, Throttle};
use crate::ports::{MetricStore, System};

/// How long counts wait to be handed on together, which is most of what they cost. An instance lives for a second
/// after its last request, unless that was the last it may serve, so there is as much time again to do it. What was
/// counted in this time is lost when the process is killed, as is, for Prometheus, all since the last scrape.
const FLUSH_PAUSE: Duration = Duration::from_millis(400);

/// Maximum delay of a response by the flush of its counts. An upsert takes about a millisecond; a lock on the pod's
/// file must not fail a health check, which times out after one second.
const MAX_RESPONSE_DELAY: Duration = Duration::from_millis(100);

/// Number of waits that make up a timeout. On a busy machine timers are late, and each wait gives the flush a turn.
const WAITS: u32 = 10;

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
    hand_over: tokio::sync::Mutex<()>,
    warnings: Throttle,
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
            warnings: Throttle::default(),
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
    fn requests_to_come(&self) -> u64 {
        self.settings.max_instance_reuse_count.saturating_sub(self.started.load(Relaxed))
    }

    /// A request has its answer, which must not be given before this returns.
    pub async fn request_ended(self: &Arc<Self>, sample: RequestSample<'_>) {
        if !self.is_on() {
            return;
        }
        self.pending().request(sample);
        if self.requests_to_come() == 0 {
            self.flush_within(MAX_RESPONSE_DELAY).await;
        } else if !self.is_flush_planned.swap(true, Relaxed) {
            let recorder = self.clone();
            self.system.spawn(Box::pin(async move {
                recorder.store.prepare().await;
                recorder.system.sleep(FLUSH_PAUSE).await;
                recorder.is_flush_planned.store(false, Relaxed);
                recorder.flush().await;
            }));
        }
    }

    /// An operation of the store has ended.
    pub fn store_operation(&self, operation: &'static str, duration: Duration, has_failed: bool) {
        if self.is_on() {
            self.pending().operation(operation, duration, has_failed);
        }
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
            if let Either::Left((is_flushed, _)) = select(&mut is_done, self.system.sleep(timeout / WAITS)).await {
                return is_flushed.unwrap_or_default();
            }
        }
        false
    }

    /// Adds all pending counts to the store, or keeps them for the next flush if that fails.
    async fn flush(&self) -> bool {
        let _turn = self.turn().await;
        let deltas = self.pending().take();
        if deltas.is_empty() {
            return true;
        }
        let result = self.store.add(&deltas).await;
        if let Err(error) = &result {
            self.pending().restore(deltas);
            if self.warnings.is_due(self.system.elapsed()) {
                self.log.error("metrics could not be kept", &[("cause", error.to_string().into())]);
            }
        }
        result.is_ok()
    }

    /// Waits for the flush before this one, so that both share one statement. Once the instance has received its last
    /// request, a flush that is delayed by a lock must not delay the next, whose statement would never start.
    async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let turn = self.hand_over.lock();
        if self.requests_to_come() > 0 {
            return Some(turn.await);
        }
        match select(pin!(turn), self.system.sleep(MAX_RESPONSE_DELAY / 2)).await {
            Either::Left((turn, _)) => Some(turn),
            Either::Right(_) => None,
        }
    }

    /// Counts one more of a series: the name of its family, and the labels in braces.
    pub fn count(&self, series: &'static str) {
        if self.is_on() {
            self.pending().counter(series);
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
