//! The store in SQLite, Spin's database `default`.

mod connection;
mod migrations;
mod store;

pub use store::SqliteStore;
