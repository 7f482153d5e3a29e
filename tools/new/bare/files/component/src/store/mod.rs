//! Stores notes. Each resource has its own file of statements, for both engines.

mod notes;

use std::sync::Arc;

use chassis::Chassis;
use chassis::adapters::{Migrations, PostgresDatabase, SqliteDatabase};
use chassis::config;
use chassis::ports::Database;

use crate::settings::Settings;

pub use notes::Note;

/// The schema in SQLite: one file per version. A released file never changes.
const SQLITE_MIGRATIONS: &[&str] = &[
    // The oldest first.
    include_str!("../../migrations/sqlite/0001_notes.sql"),
];

/// The schema in PostgreSQL, likewise.
const POSTGRES_MIGRATIONS: &[&str] = &[
    // The oldest first.
    include_str!("../../migrations/postgres/0001_notes.sql"),
];

/// The store of this API.
pub struct Store {
    pub(crate) database: Arc<dyn Database>,
    engine: Engine,
}

enum Engine {
    Sqlite,
    Postgres,
}

impl Store {
    /// Returns the store that the settings select. The first request that needs it opens it.
    pub fn open(settings: &Settings, chassis: &Chassis) -> Self {
        let system = chassis.system.clone();
        match &chassis.config.database {
            config::Database::Sqlite => {
                let demo_data = include_str!("../../migrations/sqlite/demo_data.sql");
                let migrations = Migrations {
                    versions: SQLITE_MIGRATIONS,
                    demo_data: settings.seed_demo_data.then_some(demo_data),
                    probe: "SELECT 1 FROM notes LIMIT 1",
                };
                let database = chassis.measured(SqliteDatabase::new(migrations, system));
                Self { database, engine: Engine::Sqlite }
            }
            config::Database::Postgres(server) => {
                let demo_data = include_str!("../../migrations/postgres/demo_data.sql");
                let migrations = Migrations {
                    versions: POSTGRES_MIGRATIONS,
                    demo_data: settings.seed_demo_data.then_some(demo_data),
                    probe: "DELETE FROM notes WHERE false",
                };
                let database = chassis.measured(PostgresDatabase::new(server.clone(), migrations, system));
                Self { database, engine: Engine::Postgres }
            }
        }
    }
}
