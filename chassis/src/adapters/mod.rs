//! The ports over Spin. No other module knows Spin or SQL.

mod exchange;
mod migrations;
mod postgres;
mod redis;
mod serve;
mod spin;
mod sqlite;
mod system;

pub use migrations::Migrations;
pub use postgres::database::PostgresDatabase;
pub use serve::start;
#[doc(hidden)]
pub use serve::{Guest, HostRequest, HostResult, handle};
pub use spin::read_variables;
pub use sqlite::{database::SqliteDatabase, migrations::statements as sqlite_statements};
pub use system::SpinSystem;

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
