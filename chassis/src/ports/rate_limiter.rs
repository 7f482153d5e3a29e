//! Counts requests against quotas.

use async_trait::async_trait;
use thiserror::Error;

use crate::types::RateLimit;

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
