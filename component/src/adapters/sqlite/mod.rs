//! The store in SQLite, Spin's database `default`.

mod connection;
mod migrations;
mod store;
mod transfers;
mod users;

pub use store::SqliteStore;
