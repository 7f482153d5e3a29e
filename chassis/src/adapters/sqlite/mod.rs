//! Spin's SQLite database `default`, a file of each pod: the database of an API, and what the chassis stores for a pod.

mod connection;
mod database;
mod metrics;
mod migrations;
mod rate_limiter;

pub use database::SqliteDatabase;
pub(super) use metrics::SqliteMetricStore;
pub use migrations::SqliteMigrations;
pub(super) use rate_limiter::SqliteRateLimiter;
