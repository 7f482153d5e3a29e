//! Time, randomness, and a place to write to.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

/// Maximum size of one write to stderr, in bytes: the limit of `blocking-write-and-flush` in WASI, and `PIPE_BUF`, up
/// to which Linux writes to a pipe atomically.
pub const MAX_STDERR_WRITE: usize = 4096;

/// The clock, the source of randomness and stderr, as arguments so that tests choose them.
#[async_trait]
pub trait System: Send + Sync {
    /// The time of the wall clock.
    fn now(&self) -> SystemTime;

    /// The time since some moment in the past, by a clock that nobody sets.
    fn elapsed(&self) -> Duration;

    /// Random bytes, fit for identifiers that nobody can guess.
    fn random(&self) -> [u8; 16];

    /// Writes to stderr, at once if `text` has at most [`MAX_STDERR_WRITE`] bytes. Errors are ignored: there is no
    /// other place to report them.
    fn write_stderr(&self, text: &str);

    /// Returns when `duration` has passed.
    async fn sleep(&self, duration: Duration);

    /// Runs `task` beside what runs already. It goes on when its request has its answer, but ends
    /// with the instance: what must happen may not depend on it.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}
