//! What every replica shares, in Redis 6 or newer. Each script works on one key, so that a cluster
//! takes it too.

mod cache;
mod client;
mod rate_limiter;

pub use cache::RedisCache;
pub use client::RedisClient;
pub use rate_limiter::RedisRateLimiter;
