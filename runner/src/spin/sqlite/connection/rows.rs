//! Converts parameters and rows between SQLite's types and the guest's.

use std::mem::size_of;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Row, ToSql, params_from_iter};

use crate::spin::sqlite::bindings::{Error, QueryResult, RowResult, Value};
use crate::spin::sqlite::error::io;

/// Collects all rows unless `check` stops it. `check` gets the number of rows and their size in bytes.
pub(super) fn collect(
    statement: &mut CachedStatement<'_>,
    parameters: &[Value],
    check: impl Fn(usize, usize) -> Result<(), Error>,
) -> Result<QueryResult, Error> {
    let columns = column_names(statement);
    let mut rows = Vec::new();
    let mut size = 0_usize;
    for_each_row(statement, parameters, |row| {
        size = size.saturating_add(row_size(&row));
        rows.push(row);
        check(rows.len(), size)
    })?;
    Ok(QueryResult { columns, rows })
}

pub(super) fn for_each_row(
    statement: &mut CachedStatement<'_>,
    parameters: &[Value],
    mut each: impl FnMut(RowResult) -> Result<(), Error>,
) -> Result<(), Error> {
    let width = statement.column_count();
    let mut rows = statement.query(params_from_iter(parameters)).map_err(io)?;
    while let Some(row) = rows.next().map_err(io)? {
        each(read_row(row, width).map_err(io)?)?;
    }
    Ok(())
}

fn read_row(row: &Row<'_>, width: usize) -> rusqlite::Result<RowResult> {
    let values = (0..width).map(|column| row.get(column));
    let values = values.collect::<rusqlite::Result<_>>()?;
    Ok(RowResult { values })
}

pub(super) fn column_names(statement: &CachedStatement<'_>) -> Vec<String> {
    let names = statement.column_names().into_iter();
    names.map(str::to_owned).collect()
}

pub(super) fn row_size(row: &RowResult) -> usize {
    let sizes = row.values.iter().map(|value| match value {
        Value::Text(text) => size_of::<Value>() + text.len(),
        Value::Blob(bytes) => size_of::<Value>() + bytes.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => size_of::<Value>(),
    });
    sizes.sum()
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl FromSql for Value {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(integer) => Self::Integer(integer),
            ValueRef::Real(real) => Self::Real(real),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text);
                Self::Text(text.map_err(FromSqlError::other)?.to_owned())
            }
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        })
    }
}
