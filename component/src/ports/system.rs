//! Time and randomness.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

/// The clock and the source of randomness, as arguments so that tests choose both.
#[async_trait]
pub trait System: Send + Sync {
    /// The time of the wall clock.
    fn now(&self) -> SystemTime;

    /// Random bytes, fit for identifiers that nobody can guess.
    fn random(&self) -> [u8; 16];

    /// Returns when `duration` has passed.
    async fn sleep(&self, duration: Duration);
}
