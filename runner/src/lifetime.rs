//! How long an instance lives, and how many requests it gets.
//!
//! | component for | its instances on Spin | after a response, its tasks |
//! |---|---|---|
//! | WASI 0.3.0 | serve further requests | keep the instance until they end |
//! | the release candidate, on Spin 4.0 | serve further requests | run while the instance waits for requests, not longer |
//! | the release candidate, on Spin 4.1 | serve one request | keep the instance until they end |

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::handler::{ShouldAccept, WorkerExpiration, WorkerStatus};

use crate::cli::{InstanceReuse, SpinVersion};
use crate::wasi;

/// The rules for the instances of one component.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetime {
    reuse: InstanceReuse,
    /// Whether running tasks keep an instance after its last response has left.
    tasks_keep_it: bool,
}

impl Lifetime {
    pub(crate) fn new(version: wasi::Version, mut reuse: InstanceReuse) -> Self {
        let tasks_keep_it = version == wasi::Version::Final || reuse.like_spin == SpinVersion::V4_1;
        if version == wasi::Version::Candidate && reuse.like_spin == SpinVersion::V4_1 {
            reuse.max_instance_reuse_count = 1;
        }
        Self { reuse, tasks_keep_it }
    }
}

/// The requests of one instance.
#[derive(Debug)]
pub(crate) struct Requests {
    lifetime: Lifetime,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    accepted: usize,
    /// Requests whose response has not left the instance yet.
    open: usize,
    /// When a response last left the instance; before the first one, when the instance started.
    changed: Instant,
    /// Wakes the instance when a slot becomes free or its last response has left.
    waker: Option<Waker>,
    is_expired: bool,
}

/// Keeps an instance until the response to a request has left it.
#[derive(Debug)]
pub(crate) struct Open(Arc<Requests>);

impl Requests {
    pub(crate) fn new(lifetime: Lifetime) -> Arc<Self> {
        let state = State { accepted: 0, open: 0, changed: Instant::now(), waker: None, is_expired: false };
        Arc::new(Self { lifetime, state: Mutex::new(state) })
    }

    /// Counts a request as open until the returned value is dropped.
    pub(crate) fn open(self: &Arc<Self>) -> Open {
        let mut state = self.lock();
        state.accepted += 1;
        state.open += 1;
        Open(self.clone())
    }

    /// `running` counts the requests without a response.
    pub(crate) fn should_accept(&self, running: usize) -> ShouldAccept {
        let Lifetime { reuse, tasks_keep_it } = self.lifetime;
        let state = self.lock();
        let occupied = if tasks_keep_it { running } else { state.open };
        if state.accepted >= reuse.max_instance_reuse_count {
            ShouldAccept::Never
        } else if occupied >= reuse.max_instance_concurrent_reuse_count {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.lifetime.reuse.request_timeout
    }

    /// Whether these rules ended the instance, even if its tasks were still running.
    pub(crate) fn are_over(&self) -> bool {
        self.lock().is_expired
    }

    /// Returns when an instance that has been in `status` since `start` must end. `None` means not yet known, or never.
    fn deadline(&self, status: WorkerStatus, start: Instant, waker: &Waker) -> Option<Instant> {
        let Lifetime { reuse, tasks_keep_it } = self.lifetime;
        let request_deadline = || start.checked_add(reuse.request_timeout?);
        if tasks_keep_it {
            return match status {
                WorkerStatus::Idle => start.checked_add(reuse.idle_instance_timeout),
                WorkerStatus::Requests | WorkerStatus::PostReturn => request_deadline(),
            };
        }
        let mut state = self.lock();
        if state.open > 0 {
            state.waker = Some(waker.clone());
            return request_deadline();
        }
        if state.accepted >= reuse.max_instance_reuse_count {
            return Some(state.changed);
        }
        state.changed.checked_add(reuse.idle_instance_timeout)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        let was_full = state.open == self.0.lifetime.reuse.max_instance_concurrent_reuse_count;
        state.open -= 1;
        state.changed = Instant::now();
        let waker = if state.open == 0 || was_full { state.waker.take() } else { None };
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Ends an instance at its deadline.
pub(crate) struct Expiration {
    requests: Arc<Requests>,
    timer: Pin<Box<Sleep>>,
}

impl Expiration {
    pub(crate) fn new(requests: Arc<Requests>) -> Self {
        Self { requests, timer: Box::pin(sleep(Duration::ZERO)) }
    }
}

impl WorkerExpiration for Expiration {
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>, status: WorkerStatus, start: Instant) -> Poll<()> {
        let this = self.get_mut();
        let Some(deadline) = this.requests.deadline(status, start, context.waker()) else { return Poll::Pending };
        if deadline > Instant::now() {
            if this.timer.deadline() != deadline.into() {
                this.timer.as_mut().reset(deadline.into());
            }
            if this.timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
        let mut state = this.requests.lock();
        state.is_expired = state.open == 0;
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests;
