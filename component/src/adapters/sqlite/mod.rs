//! The store in SQLite, Spin's database `default`.

mod connection;
mod metrics;
mod migrations;
mod store;
mod transfers;
mod users;

pub use metrics::SqliteMetricStore;
pub use store::SqliteStore;
