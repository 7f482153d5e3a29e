//! The ports over Spin. No other module calls Spin or contains SQL.

mod exchange;
mod postgres;
mod redis;
mod serve;
mod spin;
mod sqlite;
mod system;

use std::fmt::Display;
use std::time::Duration;

pub use postgres::database::PostgresDatabase;
pub use serve::start;
#[doc(hidden)]
pub use serve::{Guest, HostRequest, HostResult, handle};
pub use spin::read_variables;
pub use sqlite::{database::SqliteDatabase, migrations::statements as sqlite_statements};
pub use system::SpinSystem;

use crate::ports::System;

/// The schema of an API, in one of the engines.
#[derive(Clone, Copy)]
pub struct Migrations {
    /// Oldest first. A released one never changes. SQLite: statements, with empty lines between them. PostgreSQL: one
    /// statement, which takes the advisory lock 7241905318 and does nothing if it was applied before.
    pub versions: &'static [&'static str],
    /// For a new database. PostgreSQL runs it in the transaction of the first migration, so a replica that finds the
    /// schema finds the data too; a second run does nothing.
    pub demo_data: Option<&'static str>,
    /// Has no effect, and fails without the schema. In PostgreSQL it also fails on a read-only server.
    pub probe: &'static str,
}

/// Two seconds of attempts, for locks that the database doesn't wait for. Migrating an empty database takes less time.
const LOCK_ATTEMPTS: usize = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Repeats `attempt` while its error contains `locked`.
async fn retry_while_locked<T, E: Display, F: Future<Output = Result<T, E>>>(
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

/// Returns the first line of a host's error, without the backtrace. Hides a line that quotes the password.
fn presentable<'a>(text: &'a str, password: &str) -> &'a str {
    let line = text.lines().next().unwrap_or_default();
    let quotes_password = !password.is_empty() && line.contains(password);
    if quotes_password { "the reason contains the password and is not shown" } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_one_line_and_no_password() {
        assert_eq!(presentable("connection refused\nbacktrace", ""), "connection refused");
        assert_eq!(presentable("connection refused", "secret"), "connection refused");
        assert!(!presentable("redis://:secret@cache", "secret").contains("secret"));
    }
}
