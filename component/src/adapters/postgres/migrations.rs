//! Brings the schema of a database up to this version.

use std::time::Duration;

use super::connection::{Condition, Connection, Failure};
use crate::adapters::columns::Columns;
use crate::ports::{StoreError, System};

/// One statement for each version of the schema, oldest first. A released one never changes.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../../migrations/postgres/0001_users.sql"),
    include_str!("../../../migrations/postgres/0002_transfers.sql"),
    include_str!("../../../migrations/postgres/0003_database_clock.sql"),
    include_str!("../../../migrations/postgres/0004_user_totals.sql"),
];

/// The migration after the one that makes the table of users.
const SECOND: usize = 2;

/// What a new database starts with when demo data is wanted.
const DEMO_DATA: &str = include_str!("../../../migrations/postgres/demo_data.sql");

/// The advisory lock that every migration tries. No statement waits for it on the server.
const LOCK: i64 = 7_241_905_318;

/// What a migration fails with while another session has the lock.
const LOCKED: &str = "another session applies the migrations";

/// Pause between two tries to get the lock.
const LOCK_RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Tries to get the lock: two seconds in all, longer than the migrations of an empty database take.
const LOCK_TRIES: usize = 100;

const HAS_MIGRATIONS: &str = "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_migrations')";

const VERSION: &str = "SELECT coalesce(max(version), 0)::bigint FROM schema_migrations";

/// Applies the migrations that the database lacks.
///
/// Safe when many replicas start at once, or a job runs the same files at the same time: each file
/// is one statement, which takes an advisory lock and does nothing when it was applied before. While
/// another session has the lock for long, the database is unavailable. A database that is up to date,
/// or ahead, costs two reads and needs no right to change the schema.
pub(super) async fn apply(connection: &Connection, seed_demo_data: bool, system: &dyn System) -> Result<(), Failure> {
    let from = version(connection).await?;
    for (number, migration) in (1..).zip(MIGRATIONS).skip(from) {
        // Before the last migration, so that whoever finds the schema up to date finds the users too,
        // and whoever goes on where another was lost adds them.
        if number == SECOND && seed_demo_data {
            connection.rows(DEMO_DATA, Vec::new()).await?;
        }
        run_when_unlocked(connection, &without_waiting(migration), system).await?;
    }
    Ok(())
}

/// The migration in a statement that fails if another session has the lock. A session may take its own lock again.
fn without_waiting(migration: &str) -> String {
    format!(
        "DO $try$ BEGIN
            IF NOT pg_try_advisory_xact_lock({LOCK}) THEN
                RAISE lock_not_available USING MESSAGE = '{LOCKED}';
            END IF;
            EXECUTE $sql${migration}$sql$;
        END $try$"
    )
}

async fn run_when_unlocked(connection: &Connection, statement: &str, system: &dyn System) -> Result<(), Failure> {
    for _ in 1..LOCK_TRIES {
        match connection.rows(statement, Vec::new()).await {
            Err(Failure { error: StoreError::Unavailable(message), .. }) if message.contains(LOCKED) => {
                system.sleep(LOCK_RETRY_PAUSE).await;
            }
            done => return done.map(drop),
        }
    }
    connection.rows(statement, Vec::new()).await.map(drop)
}

/// How many migrations the database has seen; 0 for one that has none yet.
async fn version(connection: &Connection) -> Result<usize, Failure> {
    if number(connection, HAS_MIGRATIONS).await? == 0 {
        return Ok(0);
    }
    number(connection, VERSION).await
}

async fn number(connection: &Connection, statement: &str) -> Result<usize, Failure> {
    let rows = connection.rows(statement, Vec::new()).await?;
    let number = rows.first().map_or(Ok(0), |row| row.integer(0));
    number
        .map(|number| usize::try_from(number).unwrap_or_default())
        .map_err(|error| Failure { error, connection: Condition::Usable })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_takes_the_lock_and_can_be_quoted() {
        for migration in MIGRATIONS {
            assert!(migration.contains(&format!("pg_advisory_xact_lock({LOCK})")), "{migration}");
            assert!(!migration.contains("$sql$") && !migration.contains("$try$"), "{migration}");
        }
    }
}
