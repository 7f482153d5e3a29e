//! PostgreSQL.

mod address;
mod connection;
mod database;
mod migrations;

pub use database::PostgresDatabase;
pub use migrations::{DemoData, PostgresMigrations};
