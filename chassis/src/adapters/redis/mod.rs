//! What replicas share in Redis 6 or newer.

mod cache;
mod client;
mod rate_limiter;

pub(super) use cache::RedisCache;
pub(super) use client::RedisClient;
pub(super) use rate_limiter::RedisRateLimiter;
