//! Users and transfers. Both engines share the code; each has a file of statements.

mod migrations;
mod postgres;
mod sqlite;
mod transfers;
mod users;

use std::sync::Arc;

use chassis::Chassis;
use chassis::adapters::{PostgresDatabase, SqliteDatabase};
use chassis::cache::ReadThrough;
use chassis::config;
use chassis::ports::Database;

use crate::settings::Settings;

pub use transfers::{Idempotency, TransferReply};
pub use users::{Totals, Upsert};

pub struct Store {
    pub(crate) database: Arc<dyn Database>,
    statements: &'static Statements,
    cache: Option<Arc<ReadThrough>>,
}

/// Parameters and columns are the same in both engines.
struct Statements {
    get_user: &'static str,
    list_users: &'static str,
    create_user: &'static str,
    upsert_user: &'static str,
    upsert_user_if: &'static str,
    update_user_if: &'static str,
    delete_user_if: &'static str,
    totals: &'static str,
    transfer: &'static str,
    find_transfer: &'static str,
    list_transfers: &'static str,
    list_transfers_of_user: &'static str,
}

impl Store {
    pub fn open(settings: &Settings, chassis: &Chassis) -> Self {
        let system = chassis.system.clone();
        let (database, statements) = match &chassis.config.database {
            config::Database::Sqlite => {
                let migrations = migrations::sqlite(settings.seed_demo_data);
                (chassis.measured(SqliteDatabase::new(migrations, system)), &sqlite::STATEMENTS)
            }
            config::Database::Postgres(server) => {
                let migrations = migrations::postgres(settings.seed_demo_data);
                (chassis.measured(PostgresDatabase::new(server.clone(), migrations, system)), &postgres::STATEMENTS)
            }
        };
        Self { database, statements, cache: chassis.cache.clone() }
    }
}
