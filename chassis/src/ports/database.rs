use async_trait::async_trait;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Runs statements that return at most one row (a page is one: see [`Row::page`]), each in a transaction. A write
/// that is acknowledged survives a crash of this process or the database. `operation` names the statement in metrics.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs a statement that changes nothing. It may run twice. Keep it short: on SQLite it may block the instance.
    async fn read(&self, operation: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult;

    /// Runs a statement once, because after a lost connection its outcome is unknown.
    async fn write(&self, operation: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult;

    async fn check(&self) -> Result<(), StoreError>;
}

pub type StoreResult<T> = Result<T, StoreError>;
pub type QueryResult = StoreResult<Option<Row>>;

/// A column (in PostgreSQL BOOLEAN, BIGINT, DOUBLE PRECISION or TEXT) or a parameter (a list or object: its JSON text).
pub use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub Vec<Value>);

/// Why the database failed. The texts are for the log, not for a client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// A retry may help. A write may still have taken effect.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// A bug, or a wrong schema.
    #[error("store failed: {0}")]
    Internal(String),
}

impl StoreError {
    pub fn unexpected(error: impl std::fmt::Display) -> Self {
        Self::Internal(format!("an unexpected row: {error}"))
    }
}

impl Row {
    /// Reads the columns, in order, into a tuple or a struct.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, StoreError> {
        serde_json::from_value(self.0.into()).map_err(StoreError::unexpected)
    }

    /// Reads the only column: a JSON array with one array for each row.
    pub fn page<T: DeserializeOwned>(row: Option<Self>) -> Result<Vec<T>, StoreError> {
        let row = row.ok_or_else(|| StoreError::unexpected("no page"))?;
        let (page,): (String,) = row.read()?;
        serde_json::from_str(&page).map_err(StoreError::unexpected)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Row, StoreError};

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Thing {
        name: String,
        count: i64,
        note: Option<String>,
    }

    fn thing(note: Option<&str>) -> Thing {
        Thing { name: "a".into(), count: 2, note: note.map(Into::into) }
    }

    #[test]
    fn columns_are_the_fields_in_their_order() {
        let row = |note: Value| vec!["a".into(), 2.into(), note];
        assert_eq!(Row(row(Value::Null)).read(), Ok(thing(None)));
        assert_eq!(Row(row("n".into())).read(), Ok(thing(Some("n"))));
        let too_many = [row(Value::Null), vec![Value::Null]].concat();
        for columns in [vec![], row(1.into()), row(Value::Null)[..2].to_vec(), too_many] {
            assert!(matches!(Row(columns).read::<Thing>(), Err(StoreError::Internal(_))));
        }
    }

    #[test]
    fn a_page_is_one_column_of_json() {
        let page = |text: &str| Row::page::<Thing>(Some(Row(vec![json!(text)])));
        assert_eq!(page(r#"[["a",2,null],["a",2,"n"]]"#), Ok(vec![thing(None), thing(Some("n"))]));
        assert_eq!(page("[]"), Ok(Vec::new()));
        for text in ["", "{}", r#"[["a"]]"#, r#"[["a","2",null]]"#, r#"[["a",2.5,null]]"#] {
            assert!(page(text).is_err(), "{text}");
        }
        assert!(Row::page::<Thing>(None).is_err());
    }
}
