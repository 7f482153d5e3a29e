//! The store in SQLite, Spin's database `default`.

mod connection;
mod metrics;
mod migrations;
mod rate_limiter;
mod store;
mod transfers;
mod users;

pub use metrics::SqliteMetricStore;
pub use rate_limiter::SqliteRateLimiter;
pub use store::SqliteStore;
