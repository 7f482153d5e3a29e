//! The schema of an API.

use std::fmt::Display;
use std::time::Duration;

use crate::ports::System;

/// The schema in one of the engines.
#[derive(Clone, Copy)]
pub struct Migrations {
    /// Oldest first. A released one never changes.
    ///
    /// SQLite: statements that are separated by empty lines. PostgreSQL: one statement, which takes the advisory lock
    /// 7241905318 and does nothing if it was applied before.
    pub versions: &'static [&'static str],
    /// Statements for a new database. PostgreSQL: one that does nothing if it ran before. It runs in the transaction of
    /// the first migration, so a replica that finds the schema finds the data too.
    pub demo_data: Option<&'static str>,
    /// A statement without effect that fails without the schema; in PostgreSQL also where a write would, as on a server
    /// that is read-only.
    pub probe: &'static str,
}

/// Attempts to get a lock for which the database doesn't wait, and the pause between them: two seconds in all, longer
/// than the migrations of an empty database take.
const LOCK_ATTEMPTS: usize = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Repeats `attempt` while its error contains `locked`.
pub(super) async fn retry_while_locked<T, E: Display, F: Future<Output = Result<T, E>>>(
    system: &dyn System,
    locked: &str,
    attempt: impl Fn() -> F,
) -> Result<T, E> {
    for _ in 1..LOCK_ATTEMPTS {
        match attempt().await {
            Err(error) if error.to_string().contains(locked) => system.sleep(LOCK_PAUSE).await,
            done => return done,
        }
    }
    attempt().await
}
