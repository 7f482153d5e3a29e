//! The store in PostgreSQL, shared by every replica.

mod connection;
mod migrations;
mod store;
mod transfers;
mod users;

pub use store::PostgresStore;
