//! Time, randomness, tasks and stderr.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

/// Maximum size of one write to stderr, in bytes: the limit of `blocking-write-and-flush` in WASI, and `PIPE_BUF`, up
/// to which Linux writes to a pipe atomically.
pub const MAX_STDERR_WRITE: usize = 4096;

#[async_trait]
pub trait System: Send + Sync {
    fn now(&self) -> SystemTime;

    /// Time since an arbitrary moment, by a clock that is never set.
    fn elapsed(&self) -> Duration;

    /// Random bytes that no client can predict.
    fn random(&self) -> [u8; 16];

    /// Writes to stderr, at once if `text` has at most [`MAX_STDERR_WRITE`] bytes. Ignores errors: there is no other
    /// place to report them.
    fn write_stderr(&self, text: &str);

    async fn sleep(&self, duration: Duration);

    /// Runs `task` beside the requests. It outlives the request that started it, but not the instance.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

impl dyn System + '_ {
    /// Returns the result of `work`, or `None` after `limit`. Calls of the host have no timeout of their own.
    pub async fn timeout<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let (mut work, mut timer) = (pin!(work), None);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            // Work that is ready at once needs no timer.
            Poll::Pending => timer.get_or_insert_with(|| self.sleep(limit)).as_mut().poll(context).map(|()| None),
        })
        .await
    }
}

/// Locks a mutex whose value is valid even if a holder panicked.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
