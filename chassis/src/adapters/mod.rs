//! The ports over Spin, and the conversions of requests and responses. No other module knows Spin or SQL.

mod exchange;
mod postgres;
mod redis;
mod serve;
mod spin;
mod sqlite;
mod system;

use std::time::Duration;

pub use postgres::{database::PostgresDatabase, migrations::DemoData, migrations::PostgresMigrations};
pub use serve::start;
#[doc(hidden)]
pub use serve::{Guest, HostRequest, HostResult, handle};
pub use spin::SpinVariables;
pub use sqlite::{database::SqliteDatabase, migrations::SqliteMigrations};
pub use system::SpinSystem;

use crate::ports::System;

/// Pause between two attempts to get a lock for which the database doesn't wait by itself.
const LOCK_RETRY_PAUSE: Duration = Duration::from_millis(20);
/// Two seconds in all, longer than the migrations of an empty database take.
const LOCK_ATTEMPTS: usize = 100;

/// Repeats `attempt` while it fails for a lock.
async fn retry_while_locked<T, E, F: Future<Output = Result<T, E>>>(
    system: &dyn System,
    is_locked: impl Fn(&E) -> bool,
    attempt: impl Fn() -> F,
) -> Result<T, E> {
    for _ in 1..LOCK_ATTEMPTS {
        match attempt().await {
            Err(error) if is_locked(&error) => system.sleep(LOCK_RETRY_PAUSE).await,
            done => return done,
        }
    }
    attempt().await
}

/// Returns the first line of an error of the host, without the backtrace. Hides a line that quotes the password.
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
