//! Spin's SQLite database `default`, a file of each pod: the database of an API, and what the chassis stores for a pod.

mod connection;
pub(super) mod database;
pub(super) mod metrics;
pub(super) mod migrations;
pub(super) mod rate_limiter;
