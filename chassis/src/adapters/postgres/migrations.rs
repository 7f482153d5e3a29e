//! Brings the schema of a database up to this version.

use std::time::Duration;

use super::connection::{Condition, Connection, Failure};
use crate::ports::{Row, StoreError, System};

/// The schema of an API in PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub struct PostgresMigrations {
    /// One statement for each version, oldest first, which takes the advisory lock 7241905318 and does nothing if it was
    /// applied before. A released one never changes.
    pub versions: &'static [&'static str],
    pub demo_data: Option<DemoData>,
    /// A statement without effect that fails where a write would: on a server that is read-only, without the rights, or
    /// while the table is locked.
    pub probe: &'static str,
}

/// A statement that does nothing if it was run before.
#[derive(Clone, Copy, Debug)]
pub struct DemoData {
    /// Number of the migration that it is run before, while the database lacks that one. It should not come after the
    /// last: a replica that finds the schema up to date must find the data too.
    pub before: usize,
    pub statement: &'static str,
}

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

impl PostgresMigrations {
    /// Applies the migrations that the database lacks.
    ///
    /// Safe when many replicas start at once, or a job runs the same files at the same time: each file
    /// is one statement, which takes an advisory lock and does nothing when it was applied before. While
    /// another session has the lock for long, the database is unavailable. A database that is up to date,
    /// or ahead, costs two reads and needs no right to change the schema.
    pub(super) async fn apply(self, connection: &Connection, system: &dyn System) -> Result<(), Failure> {
        let from = version(connection).await?;
        for (number, migration) in (1..).zip(self.versions).skip(from) {
            if let Some(demo_data) = self.demo_data.filter(|demo_data| demo_data.before == number) {
                connection.row(demo_data.statement, Vec::new()).await?;
            }
            run_when_unlocked(connection, &without_waiting(migration), system).await?;
        }
        Ok(())
    }
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
        match connection.row(statement, Vec::new()).await {
            Err(Failure { error: StoreError::Unavailable(message), .. }) if message.contains(LOCKED) => {
                system.sleep(LOCK_RETRY_PAUSE).await;
            }
            done => return done.map(drop),
        }
    }
    connection.row(statement, Vec::new()).await.map(drop)
}

/// How many migrations the database has seen; 0 for one that has none yet.
async fn version(connection: &Connection) -> Result<usize, Failure> {
    if number(connection, HAS_MIGRATIONS).await? == 0 {
        return Ok(0);
    }
    number(connection, VERSION).await
}

async fn number(connection: &Connection, statement: &str) -> Result<usize, Failure> {
    let row = connection.row(statement, Vec::new()).await?;
    let number = row.map_or(Ok((0,)), Row::read::<(u32,)>);
    number.map(|(number,)| number as usize).map_err(|error| Failure { error, connection: Condition::Usable })
}
