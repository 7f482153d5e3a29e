//! What replicas share in Redis 6 or newer.

mod cache;
pub(super) mod client;
mod rate_limiter;
