//! The store in PostgreSQL, shared by every replica.

mod address;
mod connection;
mod migrations;
mod sqlstate;
mod store;
mod transfers;
mod users;

pub use store::PostgresStore;
