//! The schema of each engine. A released version never changes.

use chassis::adapters::Migrations;

/// Versions 3 to 5 created tables that the chassis now creates itself.
const TABLES_OF_THE_CHASSIS: &str = "";

pub(super) const SQLITE: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_users.sql"),
    include_str!("../../migrations/sqlite/0002_transfers.sql"),
    TABLES_OF_THE_CHASSIS,
    TABLES_OF_THE_CHASSIS,
    TABLES_OF_THE_CHASSIS,
    include_str!("../../migrations/sqlite/0006_database_clock.sql"),
    include_str!("../../migrations/sqlite/0007_user_totals.sql"),
];

pub(super) const POSTGRES: &[&str] = &[
    include_str!("../../migrations/postgres/0001_users.sql"),
    include_str!("../../migrations/postgres/0002_transfers.sql"),
    include_str!("../../migrations/postgres/0003_database_clock.sql"),
    include_str!("../../migrations/postgres/0004_user_totals.sql"),
];

pub(super) fn sqlite(seed_demo_data: bool) -> Migrations {
    let demo_data = include_str!("../../migrations/sqlite/demo_data.sql");
    Migrations { versions: SQLITE, demo_data: seed_demo_data.then_some(demo_data), probe: super::sqlite::PROBE }
}

pub(super) fn postgres(seed_demo_data: bool) -> Migrations {
    let demo_data = include_str!("../../migrations/postgres/demo_data.sql");
    Migrations { versions: POSTGRES, demo_data: seed_demo_data.then_some(demo_data), probe: super::postgres::PROBE }
}

#[cfg(test)]
mod tests {
    use chassis::adapters::sqlite_statements;

    use super::*;

    #[test]
    fn every_part_of_a_file_for_sqlite_is_one_whole_statement() {
        let migrations = sqlite(true);
        for file in migrations.versions.iter().chain(&migrations.demo_data) {
            for statement in sqlite_statements(file) {
                assert!(statement.ends_with(';'), "{statement}");
            }
        }
    }

    #[test]
    fn every_migration_for_postgres_takes_the_lock_and_can_be_quoted() {
        for migration in POSTGRES {
            assert!(migration.contains("pg_advisory_xact_lock(7241905318)"), "{migration}");
            assert!(!migration.contains("$sql$") && !migration.contains("$try$"), "{migration}");
        }
    }
}
