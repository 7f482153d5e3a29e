//! State that instances share: counts, quotas and cached texts.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{StoreError, Unavailable};
use crate::types::RateLimit;

/// The counts of all instances of a pod, for the life of its state directory.
#[async_trait]
pub trait MetricStore: Send + Sync {
    /// Adds all deltas or none.
    async fn add(&self, deltas: &[Delta]) -> Result<(), StoreError>;

    async fn read(&self) -> Result<Vec<Delta>, StoreError>;
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Delta {
    /// The family's name with the labels in braces, as in Prometheus's text.
    pub series: String,
    /// 0 for a counter. For a histogram, the number of a bucket, or -1 for the sum.
    pub part: i64,
    pub value: f64,
}

/// The state of every bucket, shared at least by the instances of a pod.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes up to `count` requests from each bucket, in one atomic step each, by the limiter's clock. No bucket may be
    /// listed twice. The results are in the order of `demands`.
    async fn take(&self, demands: &[Demand]) -> Result<Vec<Taken>, Unavailable>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    pub bucket: String,
    pub limit: RateLimit,
    /// Number of requests; 0 only reads the bucket.
    pub count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub passed: u32,
    /// How far the theoretical arrival time is then ahead of the clock: 0 to [`RateLimit::capacity`] nanoseconds.
    pub backlog: i64,
}

/// A Redis server that replicas share. [`crate::cache`] contains its scripts.
#[async_trait]
pub trait Cache: Send + Sync {
    /// Runs a script on `key`, and returns the text that it returns. It may run twice.
    async fn run(&self, breaker: Breaker, script: &str, key: &str, args: [String; 3]) -> Result<String, Unavailable>;
}

/// Whether a call fails at once after a failure. Writes try anyway: entries that stay are served until they expire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    Heed,
    Ignore,
}
