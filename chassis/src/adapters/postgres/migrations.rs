//! Brings the schema of a database up to this version.

use super::connection::{Condition, Connection, Failure};
use crate::adapters::retry_while_locked;
use crate::ports::{Row, StoreError, System};

#[derive(Clone, Copy)]
pub struct PostgresMigrations {
    /// One statement for each version, oldest first, which takes the advisory lock 7241905318 and does nothing if it was
    /// applied before. A released one never changes.
    pub versions: &'static [&'static str],
    pub demo_data: Option<DemoData>,
    /// A statement without effect that fails where a write would: on a server that is read-only, without the rights, or
    /// while the table is locked.
    pub probe: &'static str,
}

/// A statement that does nothing if it ran before.
#[derive(Clone, Copy)]
pub struct DemoData {
    /// Number of the migration with which it runs, in one transaction: a replica that finds the schema finds the data too.
    pub with: usize,
    pub statement: &'static str,
}

/// The advisory lock that every migration tries. No statement waits for it on the server.
const LOCK: i64 = 7_241_905_318;
const LOCKED: &str = "another session applies the migrations";

const HAS_MIGRATIONS: &str = "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_migrations')";
const VERSION: &str = "SELECT coalesce(max(version), 0)::bigint FROM schema_migrations";

impl PostgresMigrations {
    /// Applies the migrations that the database lacks. A database that is up to date, or ahead, costs two reads and no
    /// right to change the schema.
    ///
    /// Replicas and a job may do this at the same time. While another session keeps the lock for two seconds, the database
    /// is unavailable.
    pub(super) async fn apply(self, connection: &Connection, system: &dyn System) -> Result<(), Failure> {
        for (number, migration) in (1..).zip(self.versions).skip(version(connection).await?) {
            let demo_data = self.demo_data.filter(|demo_data| demo_data.with == number);
            let migration = without_waiting(migration, demo_data.map_or("", |demo_data| demo_data.statement));
            let is_locked = |failure: &Failure| failure.error.to_string().contains(LOCKED);
            retry_while_locked(system, is_locked, || connection.row(&migration, Vec::new())).await?;
        }
        Ok(())
    }
}

/// Wraps the migration and what follows it in a statement that fails if another session has the lock. A session may take
/// its own lock again.
fn without_waiting(migration: &str, then: &str) -> String {
    format!(
        "DO $try$ BEGIN
            IF NOT pg_try_advisory_xact_lock({LOCK}) THEN
                RAISE lock_not_available USING MESSAGE = '{LOCKED}';
            END IF;
            EXECUTE $sql${migration}$sql$;
            {then}
        END $try$"
    )
}

async fn version(connection: &Connection) -> Result<usize, Failure> {
    if number(connection, HAS_MIGRATIONS).await? == 0 { Ok(0) } else { number(connection, VERSION).await }
}

async fn number(connection: &Connection, sql: &str) -> Result<usize, Failure> {
    let row = connection.row(sql, Vec::new()).await?;
    let number: Result<(u32,), StoreError> = row.map_or(Ok((0,)), Row::read);
    number.map(|(number,)| number as usize).map_err(|error| Failure { error, connection: Condition::Usable })
}
