//! The database of an API, one statement at a time.

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::de::value::SeqDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use thiserror::Error;

/// Runs statements, each a transaction of its own, that return at most one row. Rows that come one by one cost more than
/// all that the database does for them, so a page is one row of JSON: see [`Row::page`].
///
/// Every write is atomic and, once acknowledged, survives the loss of this process and of the database's. Several
/// instances of the component use one database at the same time, and several requests one value of this type.
///
/// `operation` names the statement in metrics.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs a statement without effect. It may run twice.
    async fn read(
        &self,
        operation: &'static str,
        statement: &str,
        parameters: Vec<Value>,
    ) -> Result<Option<Row>, StoreError>;

    /// Runs a statement that may write, once: after a lost connection its outcome is unknown.
    async fn write(
        &self,
        operation: &'static str,
        statement: &str,
        parameters: Vec<Value>,
    ) -> Result<Option<Row>, StoreError>;

    /// Asks the database for as little as shows that it serves requests with the schema in place.
    async fn check(&self) -> Result<(), StoreError>;
}

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

/// One row of a result.
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
    /// Reads the columns, in their order, into the fields of a struct.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, StoreError> {
        T::deserialize(SeqDeserializer::new(self.0.into_iter()))
            .map_err(|error: ColumnError| StoreError::unexpected(error))
    }

    /// Reads a page: the only column is a JSON array of arrays, one for each row, whose elements are the fields of a
    /// struct.
    pub fn page<T: DeserializeOwned>(row: Option<Self>) -> Result<Vec<T>, StoreError> {
        match row.as_ref().map(|row| row.0.as_slice()) {
            Some([Value::Text(page)]) => serde_json::from_str(page).map_err(StoreError::unexpected),
            _ => Err(StoreError::unexpected("no page")),
        }
    }
}

type ColumnError = serde::de::value::Error;

impl IntoDeserializer<'_> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = ColumnError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnError> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Boolean(value) => visitor.visit_bool(value),
            Self::Integer(value) => visitor.visit_i64(value),
            Self::Real(value) => visitor.visit_f64(value),
            Self::Text(value) => visitor.visit_string(value),
            Self::Integers(values) => visitor.visit_seq(SeqDeserializer::new(values.into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnError> {
        if self == Self::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ColumnError> {
        visitor.visit_newtype_struct(self)
    }

    /// A text names a variant.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ColumnError> {
        match self {
            Self::Text(text) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            other => other.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Thing {
        name: String,
        count: i64,
        note: Option<String>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Colour {
        #[serde(rename = "dark red")]
        Red,
    }

    #[test]
    fn a_variant_is_a_text() {
        let colour = |value| Row(vec![value]).read::<(Colour,)>();
        assert_eq!(colour(Value::Text("dark red".into())), Ok((Colour::Red,)));
        for value in [Value::Text("red".into()), Value::Integer(0), Value::Null] {
            assert!(colour(value.clone()).is_err(), "{value:?}");
        }
    }

    fn thing(note: Option<&str>) -> Thing {
        Thing { name: "a".into(), count: 2, note: note.map(Into::into) }
    }

    #[test]
    fn columns_are_the_fields_in_their_order() {
        let row = |note| Row(vec![Value::Text("a".into()), Value::Integer(2), note]);
        assert_eq!(row(Value::Null).read(), Ok(thing(None)));
        assert_eq!(row(Value::Text("n".into())).read(), Ok(thing(Some("n"))));
        for columns in [vec![], vec![Value::Text("a".into())], vec![Value::Integer(1), Value::Integer(2), Value::Null]]
        {
            assert!(matches!(Row(columns).read::<Thing>(), Err(StoreError::Internal(_))));
        }
    }

    #[test]
    fn a_page_is_one_column_of_json() {
        let page = |text: &str| Row::page::<Thing>(Some(Row(vec![Value::Text(text.into())])));
        assert_eq!(page(r#"[["a",2,null],["a",2,"n"]]"#), Ok(vec![thing(None), thing(Some("n"))]));
        assert_eq!(page("[]"), Ok(Vec::new()));
        for text in ["", "{}", r#"[["a"]]"#, r#"[["a","2",null]]"#] {
            assert!(page(text).is_err(), "{text}");
        }
        assert!(Row::page::<Thing>(None).is_err());
    }
}
