use super::connection::{Condition, Connection, Failure};
use crate::adapters::{Migrations, retry_while_locked};
use crate::ports::{Row, System};

const LOCK: i64 = 7_241_905_318;
const LOCKED: &str = "another session applies the migrations";

const HAS_MIGRATIONS: &str = "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_migrations')";
const VERSION: &str = "SELECT coalesce(max(version), 0)::bigint FROM schema_migrations";

/// Applies the missing migrations. Fails if another session keeps the lock for two seconds. If the database is up to
/// date, or ahead, this takes two reads, and the role needs no right to change the schema.
pub(super) async fn apply(
    migrations: &Migrations,
    connection: &Connection,
    system: &dyn System,
) -> Result<(), Failure> {
    let demo_data = std::iter::once(migrations.demo_data.unwrap_or_default()).chain(std::iter::repeat(""));
    for (migration, then) in migrations.versions.iter().zip(demo_data).skip(version(connection).await?) {
        let statement = without_waiting(migration, then);
        retry_while_locked(system, LOCKED, || connection.row(&statement, Vec::new())).await?;
    }
    Ok(())
}

/// Returns a statement that fails at once if another session has the lock. The migration can take it a second time.
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
    let number: Result<(usize,), _> = row.map_or(Ok((0,)), Row::read);
    number.map(|(number,)| number).map_err(|error| Failure { error, connection: Condition::Usable })
}
