//! PostgreSQL.

mod address;
mod connection;
mod database;
mod migrations;
mod sqlstate;

pub use database::PostgresDatabase;
pub use migrations::{DemoData, PostgresMigrations};
