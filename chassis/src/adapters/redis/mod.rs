//! What replicas share in Redis 6 or newer.

pub(super) mod client;
mod rate_limiter;
