//! A connection to the database, with errors of the port.

use spin_sdk::pg::{Certificate, Connection as SpinConnection, DbValue, Error, OpenOptions, ParameterValue};
use spin_sdk::pg::{PgError, QueryError};

use crate::adapters::columns::{Columns, unexpected};
use crate::config::PostgresSettings;
use crate::ports::StoreError;

/// Longest wait for the server to take a connection, in seconds.
const CONNECT_TIMEOUT_SECONDS: u32 = 2;

/// Classes of SQLSTATE that say "not now": connection exception, transaction rollback (a deadlock
/// or a serialization failure), insufficient resources, operator intervention (a shutdown, a
/// cancelled statement), and an error of the system that PostgreSQL runs on.
const TRANSIENT_CLASSES: [&str; 5] = ["08", "40", "53", "57", "58"];

/// One row of a result.
pub(super) type Row = Vec<DbValue>;

/// Why a statement failed, and what that means for the connection.
#[derive(Debug, PartialEq)]
pub(super) struct Failure {
    /// What to tell the caller.
    pub(super) error: StoreError,
    /// Whether another statement may use it.
    pub(super) connection: Condition,
}

/// What can be said of a connection after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// It is as good as before.
    Usable,
    /// It is gone; another one may be had at once.
    Lost,
    /// Nothing comes over it, and perhaps nothing would over another.
    Silent,
}

/// A connection that Spin lends from its pool for as long as this value lives.
///
/// The requests of an instance share it, so every statement is a transaction of its own.
pub(super) struct Connection(SpinConnection);

impl Connection {
    /// Connects as the settings say.
    pub(super) async fn open(settings: &PostgresSettings) -> Result<Self, Failure> {
        let ca_root = settings.ca_root.clone().map(Certificate::Text);
        let connection = SpinConnection::open_with_options(address(settings), OpenOptions { ca_root }).await;
        connection.map(Self).map_err(|error| presentable(failure(error), &settings.password))
    }

    /// Runs one statement and returns its rows.
    pub(super) async fn rows(&self, statement: &str, parameters: Vec<ParameterValue>) -> Result<Vec<Row>, Failure> {
        let (_, rows, completion) = self.0.query(statement, parameters).await.map_err(failure)?.into_inner();
        let rows = rows.collect().await;
        // Rows that just end are no proof of success.
        completion.await.map_err(|error| failure(Error::PgError(error)))?;
        Ok(rows)
    }
}

impl Columns for Row {
    fn integer(&self, column: usize) -> Result<i64, StoreError> {
        match self.get(column) {
            Some(DbValue::Int64(value)) => Ok(*value),
            _ => Err(unexpected(column, "no integer")),
        }
    }

    fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.get(column) {
            Some(DbValue::Str(text)) => Ok(Some(text)),
            Some(DbValue::DbNull) => Ok(None),
            _ => Err(unexpected(column, "no text")),
        }
    }
}

/// The connection string (libpq's keyword and value form).
fn address(settings: &PostgresSettings) -> String {
    format!(
        "host={} port={} user={} password={} dbname={} sslmode={} connect_timeout={CONNECT_TIMEOUT_SECONDS}",
        quote(&settings.host),
        settings.port,
        quote(&settings.user),
        quote(&settings.password),
        quote(&settings.database),
        settings.ssl_mode.as_str(),
    )
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// What Spin says of a failed connection, as far as it may be shown: its first line, without the
/// backtrace that may follow, and not at all if it quotes the password.
fn presentable(failure: Failure, password: &str) -> Failure {
    let StoreError::Unavailable(text) = failure.error else {
        return failure;
    };
    let first_line = text.lines().next().unwrap_or_default();
    let quotes_password = !password.is_empty() && first_line.contains(password);
    let shown = if quotes_password { "the reason holds the password, and is not shown" } else { first_line };
    Failure { error: StoreError::Unavailable(format!("PostgreSQL can't be reached: {shown}")), ..failure }
}

fn failure(error: Error) -> Failure {
    let lost = |message| Failure { error: StoreError::Unavailable(message), connection: Condition::Lost };
    let bug = |message| Failure { error: StoreError::Internal(message), connection: Condition::Usable };
    match error {
        Error::PgError(PgError::ConnectionFailed(text)) => lost(text),
        // Without an SQLSTATE it was the connection that failed, not the statement.
        Error::PgError(PgError::QueryFailed(QueryError::Text(text))) => lost(text),
        Error::PgError(PgError::QueryFailed(QueryError::DbError(error))) => {
            let message = format!("{} {}: {}", error.severity, error.code, error.message);
            let class = error.code.get(..2).unwrap_or_default();
            if TRANSIENT_CLASSES.contains(&class) {
                let is_lost = matches!(class, "08" | "57" | "58");
                let connection = if is_lost { Condition::Lost } else { Condition::Usable };
                Failure { error: StoreError::Unavailable(message), connection }
            } else {
                bug(message)
            }
        }
        Error::PgError(PgError::BadParameter(text) | PgError::ValueConversionFailed(text) | PgError::Other(text))
        | Error::Decode(text) => bug(text),
    }
}

#[cfg(test)]
mod tests {
    use spin_sdk::pg::DbError;

    use super::*;
    use crate::config::SslMode;

    fn settings() -> PostgresSettings {
        PostgresSettings {
            host: "db.example".into(),
            port: 5432,
            user: "o'brien".into(),
            password: r"a\b c'd".into(),
            database: "mini".into(),
            ssl_mode: SslMode::Require,
            ca_root: None,
        }
    }

    #[test]
    fn values_of_the_connection_string_are_quoted() {
        assert_eq!(
            address(&settings()),
            r"host='db.example' port=5432 user='o\'brien' password='a\\b c\'d' dbname='mini' sslmode=require connect_timeout=2"
        );
    }

    fn database_error(code: &str) -> Failure {
        failure(Error::PgError(PgError::QueryFailed(QueryError::DbError(DbError {
            as_text: String::new(),
            severity: "ERROR".into(),
            code: code.into(),
            message: "m".into(),
            detail: None,
            extras: Vec::new(),
        }))))
    }

    #[test]
    fn an_sqlstate_tells_an_outage_from_a_bug() {
        for (code, connection) in [
            ("57P01", Condition::Lost),
            ("08006", Condition::Lost),
            ("40P01", Condition::Usable),
            ("53300", Condition::Usable),
        ] {
            let expected = Failure { error: StoreError::Unavailable(format!("ERROR {code}: m")), connection };
            assert_eq!(database_error(code), expected);
        }
        for code in ["42P01", "23514", "", "é"] {
            assert!(matches!(database_error(code).error, StoreError::Internal(_)), "{code}");
        }
    }

    #[test]
    fn a_failed_connection_shows_one_line_and_no_password() {
        let shown = |text: &str, password| {
            let failure = presentable(failure(Error::PgError(PgError::ConnectionFailed(text.into()))), password);
            assert_eq!(failure.connection, Condition::Lost);
            failure.error.to_string()
        };
        assert!(shown("connection refused\nbacktrace", "").ends_with("reached: connection refused"));
        assert!(shown("connection refused", "secret").ends_with("connection refused"));
        assert!(!shown("host=x password=secret", "secret").contains("secret"));
    }
}
