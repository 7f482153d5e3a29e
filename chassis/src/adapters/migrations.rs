//! The schema of an API, in one of the engines.

use std::fmt::Display;
use std::time::Duration;

use crate::ports::System;

#[derive(Clone, Copy)]
pub struct Migrations {
    /// Oldest first. A released one never changes. SQLite: statements, with empty lines between them. PostgreSQL: one
    /// statement, which takes the advisory lock 7241905318 and does nothing if it was applied before.
    pub versions: &'static [&'static str],
    /// For a new database. PostgreSQL runs it in the transaction of the first migration, so a replica that finds the
    /// schema finds the data too; a second run does nothing.
    pub demo_data: Option<&'static str>,
    /// Has no effect, and fails without the schema; in PostgreSQL also where a write would, as on a read-only server.
    pub probe: &'static str,
}

/// Two seconds in all for a lock that the database doesn't wait for: longer than the migrations of an empty database.
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
