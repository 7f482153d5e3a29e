//! Maps the driver's errors to the interface's.

use std::error::Error as StdError;

use tokio_postgres::error::DbError as PgDbError;

use super::bindings::{DbError, Error, QueryError};

/// Writes an error and its causes in one line. Omits a cause whose text the error contains already.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

/// Returns PostgreSQL's own error, or a text for any other failure, such as a lost connection.
pub(super) fn query_failed(error: &tokio_postgres::Error) -> Error {
    // Spin returns the `Debug` form, which shows the kind of error even without a cause.
    let as_text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(as_text),
        Some(error) => QueryError::DbError(DbError {
            as_text,
            severity: error.severity().to_owned(),
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            extras: extras(error),
        }),
    })
}

pub(super) fn query_text(reason: impl Into<String>) -> Error {
    Error::QueryFailed(QueryError::Text(reason.into()))
}

/// Returns those fields of the protocol's error message that the interface has no field for.
fn extras(error: &PgDbError) -> Vec<(String, String)> {
    let line = error.line().map(|line| line.to_string());
    let fields = [
        ("column", error.column()),
        ("constraint", error.constraint()),
        ("routine", error.routine()),
        ("hint", error.hint()),
        ("table", error.table()),
        ("datatype", error.datatype()),
        ("schema", error.schema()),
        ("file", error.file()),
        ("line", line.as_deref()),
        ("where_", error.where_()),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    given.collect()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer{extra}")]
    struct Outer {
        extra: &'static str,
        source: io::Error,
    }

    #[test]
    fn a_chain_names_each_cause_once() {
        let cause = || io::Error::other("inner");
        assert_eq!(chain(&Outer { extra: "", source: cause() }), "outer: inner");
        assert_eq!(chain(&Outer { extra: ": inner", source: cause() }), "outer: inner");
        assert_eq!(chain(&cause()), "inner");
    }
}
