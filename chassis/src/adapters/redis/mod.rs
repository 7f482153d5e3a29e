//! What every replica shares, in Redis 6 or newer. Each script works on one key, so that a cluster
//! takes it too.

mod cache;
mod client;
mod rate_limiter;

pub(super) use cache::RedisCache;
pub(super) use client::RedisClient;
pub(super) use rate_limiter::RedisRateLimiter;
