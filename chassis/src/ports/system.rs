use std::collections::HashMap;
use std::fmt::Display;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use super::Unavailable;
use crate::types::Timestamp;

/// In bytes: the maximum of WASI's `blocking-write-and-flush`, and `PIPE_BUF`, up to which a write to a pipe is atomic.
pub const MAX_STDERR_WRITE: usize = 4096;

#[async_trait]
pub trait System: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Returns the time since an arbitrary moment, by a clock that is never set.
    fn elapsed(&self) -> Duration;

    /// Returns random bytes that no client can predict.
    fn random(&self) -> [u8; 16];

    /// Writes `text` in one piece if it has at most [`MAX_STDERR_WRITE`] bytes. Ignores errors.
    fn write_stderr(&self, text: &str);

    async fn sleep(&self, duration: Duration);

    /// Runs `task` beside the requests. It outlives the request that started it, but not the instance.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

impl dyn System + '_ {
    /// Returns the result of `work`, or `None` after `limit`. Host calls have no timeout of their own.
    pub async fn timeout<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let (mut work, mut timer) = (pin!(work), None);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            // Work that is ready at once needs no timer.
            Poll::Pending => timer.get_or_insert_with(|| self.sleep(limit)).as_mut().poll(context).map(|()| None),
        })
        .await
    }

    /// Returns the result of `work`, or an error after `limit`.
    pub async fn in_time<T, E: Display>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Unavailable> {
        match self.timeout(limit, work).await {
            Some(result) => result.map_err(|error| Unavailable(error.to_string())),
            None => Err(Unavailable(format!("no response within {limit:?}"))),
        }
    }
}

/// Locks a mutex whose value is valid even if a holder panicked.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The settings that the manifest gives the component, by name, or why their provider (the environment, Vault) failed.
pub type Variables = Result<HashMap<String, String>, Unavailable>;

/// The request's URL, with scheme and host as the runtime saw them.
pub const SPIN_FULL_URL: &str = "spin-full-url";
/// The peer address of the connection, with its port.
pub const SPIN_CLIENT_ADDR: &str = "spin-client-addr";

/// Whether nothing reads this field from Spin. Copying such fields would be a good part of the cost of a small request.
pub fn is_unread_spin_field(name: &str) -> bool {
    name.starts_with("spin-") && ![SPIN_FULL_URL, SPIN_CLIENT_ADDR].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_and_what_is_not_spins_stays() {
        for name in [SPIN_FULL_URL, SPIN_CLIENT_ADDR, "spinner", "x-spin-full-url", "host", ""] {
            assert!(!is_unread_spin_field(name), "{name}");
        }
    }

    #[test]
    fn the_rest_of_spins_does_not() {
        for name in ["spin-path-info", "spin-base-path", "spin-full-url2", "spin-"] {
            assert!(is_unread_spin_field(name), "{name}");
        }
    }
}
