//! A connection to the server, which Spin lends from its pool.

use spin_sdk::pg::{Certificate, Connection as SpinConnection, DbValue, Error, OpenOptions, ParameterValue};
use spin_sdk::pg::{PgError, QueryError};

use super::address::{STATEMENT_TIMEOUT, connection_string};
use crate::adapters::presentable;
use crate::config::PostgresSettings;
use crate::ports::{Row, StoreError, Value};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{error}")]
pub(super) struct Failure {
    pub(super) error: StoreError,
    pub(super) connection: Condition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Usable,
    /// In this session other statements would fail too. Another session may work.
    Unfit,
    /// Another session may be available at once.
    Lost,
    /// The server does not respond, and may not respond over another connection either.
    Silent,
}

/// Every statement is a transaction.
pub(super) struct Connection(SpinConnection);

impl Connection {
    pub(super) async fn open(settings: &PostgresSettings, purpose: &str) -> Result<Self, Failure> {
        let ca_root = settings.ca_root.clone().map(Certificate::Text);
        let address = connection_string(settings, purpose);
        let opened = SpinConnection::open_with_options(address, OpenOptions { ca_root }).await;
        let opened = opened.map_err(|error| Failure::from_spin(error).of_opening(&settings.password.0));
        let connection = Self(opened?);
        connection.check_bounds().await?;
        Ok(connection)
    }

    pub(super) async fn row(&self, sql: &str, parameters: Vec<Value>) -> Result<Option<Row>, Failure> {
        let result = self.0.query(sql, parameters.into_iter().map(parameter).collect::<Vec<_>>()).await;
        let (_, rows, completion) = result.map_err(Failure::from_spin)?.into_inner();
        let rows = rows.collect().await;
        // The end of the rows is no proof of success.
        completion.await.map_err(|error| Failure::from_spin(Error::PgError(error)))?;
        let row = |columns: Vec<DbValue>| columns.into_iter().map(column).collect::<Result<_, _>>().map(Row);
        rows.into_iter().next().map(row).transpose()
    }

    /// Ends the session on the server: Spin's pool then does not lend it again.
    pub(super) async fn end(&self) {
        // Always an error, because the session ends.
        let _ = self.row("SELECT pg_terminate_backend(pg_backend_pid())", Vec::new()).await;
    }

    /// Refuses a session whose `statement_timeout` is too long or off, because a pooler may ignore `options`.
    async fn check_bounds(&self) -> Result<(), Failure> {
        let bound = STATEMENT_TIMEOUT.as_millis();
        let sql = format!("SELECT current_setting('statement_timeout')::interval BETWEEN '1 ms' AND '{bound} ms'");
        if self.row(&sql, Vec::new()).await? == Some(Row(vec![true.into()])) {
            return Ok(());
        }
        // By the next session, the role may have the bound.
        self.end().await;
        let error = StoreError::Unavailable(format!(
            "the session's statement_timeout must be from 1ms to {bound}ms: with a pooler, ALTER ROLE ... SET it"
        ));
        Err(Failure { error, connection: Condition::Lost })
    }
}

fn parameter(value: Value) -> ParameterValue {
    match value {
        Value::Null => ParameterValue::DbNull,
        Value::Bool(value) => ParameterValue::Boolean(value),
        Value::Number(value) => match value.as_i64() {
            Some(value) => ParameterValue::Int64(value),
            None => ParameterValue::Floating64(value.as_f64().unwrap_or_default()),
        },
        Value::String(value) => ParameterValue::Str(value),
        Value::Array(_) | Value::Object(_) => ParameterValue::Str(value.to_string()),
    }
}

fn column(value: DbValue) -> Result<Value, Failure> {
    match value {
        DbValue::DbNull => Ok(Value::Null),
        DbValue::Boolean(value) => Ok(value.into()),
        DbValue::Int64(value) => Ok(value.into()),
        DbValue::Floating64(value) => Ok(value.into()),
        DbValue::Str(value) => Ok(value.into()),
        _ => Err(Failure::from_spin(Error::Decode("a column has a type that the API does not read".into()))),
    }
}

impl Failure {
    fn from_spin(error: Error) -> Self {
        let lost = |message| Self { error: StoreError::Unavailable(message), connection: Condition::Lost };
        let bug = |message| Self { error: StoreError::Internal(message), connection: Condition::Usable };
        let error = match error {
            Error::PgError(error) => error,
            Error::Decode(text) => return bug(text),
        };
        match error {
            // Without an SQLSTATE the connection failed, not the statement.
            PgError::ConnectionFailed(text) | PgError::QueryFailed(QueryError::Text(text)) => lost(text),
            PgError::QueryFailed(QueryError::DbError(error)) => {
                let message = format!("{} {}: {}", error.severity, error.code, error.message);
                match transient(&error.code) {
                    Some(connection) => Self { error: StoreError::Unavailable(message), connection },
                    None => bug(message),
                }
            }
            PgError::BadParameter(text) | PgError::ValueConversionFailed(text) | PgError::Other(text) => bug(text),
        }
    }

    fn of_opening(self, password: &str) -> Self {
        let StoreError::Unavailable(text) = self.error else { return self };
        let message = format!("PostgreSQL can't be reached: {}", presentable(&text, password));
        Self { error: StoreError::Unavailable(message), ..self }
    }
}

/// Returns the session's condition after an error that a retry may avoid, by SQLSTATE (PostgreSQL's appendix A).
fn transient(code: &str) -> Option<Condition> {
    match (code, code.get(..2).unwrap_or_default()) {
        // `statement_timeout` or a cancel; an object in use or locked; a rollback (a deadlock); a lack of resources.
        ("57014" | "55000" | "55006" | "55P03", _) | (_, "40" | "53") => Some(Condition::Usable),
        // A missing or duplicate prepared statement of a pooler; a wrong transaction state (25006: read-only server).
        ("26000" | "42P05", _) | (_, "25") => Some(Condition::Unfit),
        // The connection (PgBouncer uses it for all its own errors), a shutdown, an error of the operating system.
        (_, "08" | "57" | "58") => Some(Condition::Lost),
        // Syntax, constraints, rights, corrupt data: a bug or a wrong schema.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use spin_sdk::pg::DbError;

    use super::*;

    fn database_error(code: &str) -> Failure {
        Failure::from_spin(Error::PgError(PgError::QueryFailed(QueryError::DbError(DbError {
            as_text: String::new(),
            severity: "ERROR".into(),
            code: code.into(),
            message: "m".into(),
            detail: None,
            extras: Vec::new(),
        }))))
    }

    #[test]
    fn a_failure_has_the_sqlstate_and_its_decision() {
        let expected =
            Failure { error: StoreError::Unavailable("ERROR 25006: m".into()), connection: Condition::Unfit };
        assert_eq!(database_error("25006"), expected);
        assert_eq!(database_error("23514").error, StoreError::Internal("ERROR 23514: m".into()));
    }

    #[test]
    fn a_failed_connection_shows_one_line_and_no_password() {
        let shown = |text: &str, password| {
            let failure = Failure::from_spin(Error::PgError(PgError::ConnectionFailed(text.into())));
            let failure = failure.of_opening(password);
            assert_eq!(failure.connection, Condition::Lost);
            failure.error.to_string()
        };
        assert!(shown("connection refused\nbacktrace", "").ends_with("reached: connection refused"));
        assert!(shown("connection refused", "secret").ends_with("connection refused"));
        assert!(!shown("host=x password=secret", "secret").contains("secret"));
    }

    #[test]
    fn an_sqlstate_distinguishes_an_outage_from_a_bug() {
        let usable = ["40001", "40P01", "53100", "53200", "53300", "55000", "55006", "55P03", "57014"];
        let unfit = ["25006", "25P02", "25P03", "25P04", "26000", "42P05"];
        let lost = ["08006", "08P01", "57P01", "57P02", "57P03", "57P04", "57P05", "58030"];
        for (codes, condition) in
            [(&usable[..], Condition::Usable), (&unfit, Condition::Unfit), (&lost, Condition::Lost)]
        {
            for code in codes {
                assert_eq!(transient(code), Some(condition), "{code}");
            }
        }
        for code in ["22003", "23514", "42501", "42P01", "55P02", "P0001", "XX000", "XX001", "", "é", "5"] {
            assert_eq!(transient(code), None, "{code}");
        }
    }
}
