mod address;
mod connection;
pub(super) mod database;
pub(super) mod migrations;
