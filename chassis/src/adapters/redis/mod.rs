//! What replicas share in Redis 6 or newer.

pub(super) mod cache;
pub(super) mod client;
pub(super) mod rate_limiter;
