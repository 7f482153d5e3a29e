//! The database of an API, one statement at a time.

use async_trait::async_trait;
use thiserror::Error;

/// Runs statements, each a transaction of its own, that return at most one row. Single rows cost more than the rest of a
/// query, so a page is one row of JSON: see [`Row::page`].
///
/// Every write is atomic and, once acknowledged, survives the loss of this process and of the database's. Instances of
/// the component share a database, and requests share a value of this type.
///
/// `operation` names the statement in metrics.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs a statement without effect. It may run twice.
    async fn read(&self, operation: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult;

    /// Runs a statement that may write, once: after a lost connection its outcome is unknown.
    async fn write(&self, operation: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult;

    /// Checks that the database serves requests with the schema in place.
    async fn check(&self) -> Result<(), StoreError>;
}

/// The first row of a result, if it has any.
pub type QueryResult = Result<Option<Row>, StoreError>;

/// A parameter of a statement, or a column of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    /// Only as a parameter: an array in PostgreSQL, a JSON array in SQLite, which has none.
    Integers(Vec<i64>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub Vec<Value>);

/// Why the database failed. The texts are for the log, not for a client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The database can't be reached, is locked or full: a retry may help. A write may have taken effect all the same.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// The database returned something that this version doesn't expect.
    #[error("store failed: {0}")]
    Internal(String),
}

impl StoreError {
    /// The database holds a value that it never should.
    pub fn unexpected(error: impl std::fmt::Display) -> Self {
        Self::Internal(format!("an unexpected row: {error}"))
    }
}

impl Row {
    /// Reads the columns, in their order, into the fields of a struct of [`row!`](crate::row!).
    pub fn read<T: FromRow>(self) -> Result<T, StoreError> {
        let mut columns = self.0.into_iter();
        let row = T::from_columns(&mut columns)?;
        if columns.next().is_some() { Err(StoreError::unexpected("a column too many")) } else { Ok(row) }
    }

    /// Reads a page: the only column is a JSON array of arrays, one for each row.
    pub fn page<T: FromRow>(row: Option<Self>) -> Result<Vec<T>, StoreError> {
        let Some((page,)) = row.map(Self::read::<(String,)>).transpose()? else {
            return Err(StoreError::unexpected("no page"));
        };
        let rows: Vec<Vec<serde_json::Value>> = serde_json::from_str(&page).map_err(StoreError::unexpected)?;
        let row = |columns: Vec<serde_json::Value>| Self(columns.into_iter().map(Value::from).collect()).read();
        rows.into_iter().map(row).collect()
    }
}

/// Declares the columns of a statement as a struct, in the order in which it returns them.
#[macro_export]
macro_rules! row {
    ($($(#[$meta:meta])* $visibility:vis struct $name:ident { $($field:ident: $type:ty),+ $(,)? })+) => {$(
        $(#[$meta])*
        $visibility struct $name {
            $($field: $type),+
        }

        impl $crate::ports::FromRow for $name {
            fn from_columns(
                columns: &mut impl Iterator<Item = $crate::ports::Value>,
            ) -> Result<Self, $crate::ports::StoreError> {
                Ok(Self { $($field: $crate::ports::Column::from_value(columns.next())?),+ })
            }
        }
    )+};
}

/// A struct or a tuple with a field for each column.
pub trait FromRow: Sized {
    fn from_columns(columns: &mut impl Iterator<Item = Value>) -> Result<Self, StoreError>;
}

/// The type of a field. `value` is `None` if there are fewer columns than fields.
pub trait Column: Sized {
    fn from_value(value: Option<Value>) -> Result<Self, StoreError>;
}

/// Gives types what they take out of a value.
macro_rules! columns {
    ($($type:ty: $pattern:pat => $column:expr;)+) => {$(
        impl Column for $type {
            fn from_value(value: Option<Value>) -> Result<Self, StoreError> {
                match value {
                    Some($pattern) => Ok($column),
                    other => Err(StoreError::unexpected(format_args!("{other:?} in place of {}", stringify!($type)))),
                }
            }
        }
    )+};
}

columns! {
    bool: Value::Boolean(value) => value;
    i64: Value::Integer(value) => value;
    f64: Value::Real(value) => value;
    String: Value::Text(value) => value;
}

impl Column for u32 {
    fn from_value(value: Option<Value>) -> Result<Self, StoreError> {
        i64::from_value(value)?.try_into().map_err(StoreError::unexpected)
    }
}

impl<T: Column> Column for Option<T> {
    fn from_value(value: Option<Value>) -> Result<Self, StoreError> {
        if value == Some(Value::Null) { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// Gives tuples the columns of their elements.
macro_rules! tuples {
    ($(($($element:ident),+))+) => {$(
        impl<$($element: Column),+> FromRow for ($($element,)+) {
            fn from_columns(columns: &mut impl Iterator<Item = Value>) -> Result<Self, StoreError> {
                Ok(($($element::from_value(columns.next())?,)+))
            }
        }
    )+};
}

tuples! { (A) (A, B, C) }

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Bool(value) => Self::Boolean(value),
            serde_json::Value::Number(value) => value.as_i64().map_or(Self::Null, Self::Integer),
            serde_json::Value::String(value) => Self::Text(value),
            // No statement returns these.
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => Self::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::row! {
        #[derive(Debug, PartialEq)]
        struct Thing {
            name: String,
            count: i64,
            note: Option<String>,
        }
    }

    fn thing(note: Option<&str>) -> Thing {
        Thing { name: "a".into(), count: 2, note: note.map(Into::into) }
    }

    #[test]
    fn columns_are_the_fields_in_their_order() {
        let row = |note| vec![Value::Text("a".into()), Value::Integer(2), note];
        assert_eq!(Row(row(Value::Null)).read(), Ok(thing(None)));
        assert_eq!(Row(row(Value::Text("n".into()))).read(), Ok(thing(Some("n"))));
        let too_many = [row(Value::Null), vec![Value::Null]].concat();
        for columns in [vec![], row(Value::Integer(1)), row(Value::Null)[..2].to_vec(), too_many] {
            assert!(matches!(Row(columns).read::<Thing>(), Err(StoreError::Internal(_))));
        }
    }

    #[test]
    fn a_page_is_one_column_of_json() {
        let page = |text: &str| Row::page::<Thing>(Some(Row(vec![Value::Text(text.into())])));
        assert_eq!(page(r#"[["a",2,null],["a",2,"n"]]"#), Ok(vec![thing(None), thing(Some("n"))]));
        assert_eq!(page("[]"), Ok(Vec::new()));
        for text in ["", "{}", r#"[["a"]]"#, r#"[["a","2",null]]"#, r#"[["a",2.5,null]]"#] {
            assert!(page(text).is_err(), "{text}");
        }
        assert!(Row::page::<Thing>(None).is_err());
    }
}
