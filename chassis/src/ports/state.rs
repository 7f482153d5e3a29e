//! State that instances share: counts, quotas and cached texts.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{StoreError, Unavailable};
use crate::types::RateLimit;

/// The counts of all instances of a pod. They live as long as the pod's state directory, so Prometheus scrapes from each
/// pod what that pod has counted.
#[async_trait]
pub trait MetricStore: Send + Sync {
    /// Prepares the first [`add`](Self::add), so that no response waits for it. `add` repeats what fails here.
    async fn prepare(&self);

    /// Adds to the stored numbers, all or nothing.
    async fn add(&self, deltas: &[Delta]) -> Result<(), StoreError>;

    /// Returns every number, in the order of the series.
    async fn read(&self) -> Result<Vec<Delta>, StoreError>;
}

/// A number, stored or to be added.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Delta {
    /// The family's name with the labels in braces, as in Prometheus's text.
    pub series: String,
    /// 0 for a counter, the number of a bucket or the sum for a histogram.
    pub part: i64,
    pub value: f64,
}

/// The state of every bucket, shared by the instances of a pod at least.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes as many requests from each bucket as it has left, by the limiter's own clock. A step on one bucket is
    /// atomic. No bucket is in the list twice; the results are in its order.
    async fn take(&self, demands: &[Demand]) -> Result<Vec<Taken>, RateLimiterError>;
}

/// Requests to one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    pub bucket: String,
    pub limit: RateLimit,
    /// Number of requests; 0 only reads the bucket.
    pub count: u32,
}

/// The result of a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many of the requests pass.
    pub passed: u32,
    /// How far the bucket's theoretical arrival time is ahead of the limiter's clock after them, in nanoseconds: from 0
    /// to [`RateLimit::capacity`].
    pub backlog: i64,
}

/// The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("rate limiter unavailable: {0}")]
pub struct RateLimiterError(pub String);

/// Values by key. The database has the truth.
///
/// Only two parties may put a value in: the only writer of a key, or a reader that took the key's lease before it read
/// the database. Every writer removes what else it finds, before it acknowledges its write. So while writers reach the
/// cache, no reader gets a value older than an acknowledged write. What a lost process leaves behind expires.
#[async_trait]
pub trait Cache: Send + Sync {
    /// Returns the value of `key`. If there is nothing, gives `token` the lease of `key` for `life`.
    async fn look_up(&self, key: &str, token: &str, life: Duration) -> Result<Found, Unavailable>;

    /// Replaces the lease of `token` by the value that its holder has read since, for `life`, or by nothing. Does nothing
    /// if the lease is gone.
    async fn fill(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), Unavailable>;

    /// Marks `key` before a write. The cache serves nothing of it and takes no value until the write ends or `life` is
    /// over.
    async fn begin_write(&self, key: &str, token: &str, life: Duration) -> Result<(), Unavailable>;

    /// Removes the mark after a write. Keeps the value that the write has left, for `life`, if no other write began or
    /// ended meanwhile; else removes what is there.
    async fn end_write(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), Unavailable>;
}

/// What a cache has for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Value(String),
    /// Nothing; the caller now has the lease.
    Leased,
    /// Nothing; another reader has the lease, or a writer the mark.
    Busy,
}
