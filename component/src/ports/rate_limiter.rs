//! Who counts how often somebody asks.

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::RateLimit;

/// The state of every bucket, shared by the instances of a pod at least.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Lets as many requests pass at `now`, in microseconds since 1970, as their buckets have room
    /// for; nobody else comes in between what is asked of one bucket. No bucket is there twice. The
    /// results are in the order of the demands.
    async fn take(&self, demands: &[Demand], now: i64) -> Result<Vec<Taken>, RateLimiterError>;

    /// Takes back that requests passed, as if these had never been made.
    async fn give_back(&self, passed: &Demand) -> Result<(), RateLimiterError>;
}

/// Requests that are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Whose they are.
    pub bucket: String,
    /// How many there may be.
    pub limit: RateLimit,
    /// How many there are.
    pub count: u32,
}

/// What became of a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many may pass.
    pub passed: u32,
    /// The bucket's theoretical arrival time after them, in microseconds since 1970.
    pub arrival: i64,
}

/// Nobody can count at the moment. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("rate limiter unavailable: {0}")]
pub struct RateLimiterError(pub String);
