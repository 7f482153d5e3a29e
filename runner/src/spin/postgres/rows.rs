//! Converts rows from the driver's types to the guest's.

use std::error::Error as StdError;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use postgres_range::Range;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use super::bindings::{Column, DbDataType, DbValue};
use super::decimal::Decimal;
use super::error::chain;
use super::range::bounds;

pub(super) fn columns(row: &Row) -> Vec<Column> {
    let columns = row.columns().iter();
    columns.map(|column| Column { name: column.name().to_owned(), data_type: data_type(column.type_()) }).collect()
}

/// # Errors
///
/// The guest's type can't hold a value, such as the NUMERIC 1e29.
pub(super) fn read_row(row: &Row) -> Result<Vec<DbValue>, String> {
    let values = row.columns().iter().enumerate().map(|(index, column)| value(row, index, column.type_()));
    values.collect::<Result<_, _>>().map_err(|error| chain(&error))
}

/// Returns the size of a row in memory, in bytes.
pub(super) fn row_size(row: &[DbValue]) -> usize {
    row.iter().map(|value| size_of::<DbValue>() + size_on_heap(value)).sum()
}

/// `Other` includes NAME, JSON, TIMETZ, arrays of other elements, and user-defined types.
fn data_type(kind: &Type) -> DbDataType {
    match *kind {
        Type::BOOL => DbDataType::Boolean,
        Type::BYTEA => DbDataType::Binary,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => DbDataType::Datetime,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::NUMERIC => DbDataType::Decimal,
        Type::INT4_RANGE => DbDataType::RangeInt32,
        Type::INT8_RANGE => DbDataType::RangeInt64,
        Type::NUM_RANGE => DbDataType::RangeDecimal,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::NUMERIC_ARRAY => DbDataType::ArrayDecimal,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        Type::INTERVAL => DbDataType::Interval,
        _ => DbDataType::Other(kind.name().to_owned()),
    }
}

fn value(row: &Row, index: usize, kind: &Type) -> Result<DbValue, tokio_postgres::Error> {
    match *kind {
        Type::BOOL => get(row, index, DbValue::Boolean),
        Type::BYTEA => get(row, index, DbValue::Binary),
        Type::FLOAT4 => get(row, index, DbValue::Floating32),
        Type::FLOAT8 => get(row, index, DbValue::Floating64),
        Type::INT2 => get(row, index, DbValue::Int16),
        Type::INT4 => get(row, index, DbValue::Int32),
        Type::INT8 => get(row, index, DbValue::Int64),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => get(row, index, DbValue::Str),
        // As in Spin 4.0.1, reading TIMESTAMPTZ fails, because the driver refuses the conversion to this type. A
        // component has to cast it.
        Type::TIMESTAMP | Type::TIMESTAMPTZ => get(row, index, |value| DbValue::Datetime(datetime(value))),
        Type::DATE => get(row, index, |value| DbValue::Date(date(value))),
        Type::TIME => get(row, index, |value| DbValue::Time(time(value))),
        Type::UUID => get(row, index, |value: Uuid| DbValue::Uuid(value.to_string())),
        Type::JSONB => get(row, index, |value: serde_json::Value| DbValue::Jsonb(value.to_string().into_bytes())),
        Type::NUMERIC => get(row, index, |value: Decimal| DbValue::Decimal(value.to_string())),
        Type::INT4_RANGE => get(row, index, |value: Range<i32>| DbValue::RangeInt32(bounds(&value, |v| *v))),
        Type::INT8_RANGE => get(row, index, |value: Range<i64>| DbValue::RangeInt64(bounds(&value, |v| *v))),
        Type::NUM_RANGE => {
            get(row, index, |value: Range<Decimal>| DbValue::RangeDecimal(bounds(&value, ToString::to_string)))
        }
        Type::INT4_ARRAY => get(row, index, DbValue::ArrayInt32),
        Type::INT8_ARRAY => get(row, index, DbValue::ArrayInt64),
        Type::NUMERIC_ARRAY => get(row, index, |values: Vec<Option<Decimal>>| {
            DbValue::ArrayDecimal(values.iter().map(|value| value.map(|value| value.to_string())).collect())
        }),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => get(row, index, DbValue::ArrayStr),
        Type::INTERVAL => get(row, index, DbValue::Interval),
        _ => get(row, index, |Raw(bytes)| DbValue::Unsupported(bytes)),
    }
}

fn get<'a, T: FromSql<'a>>(
    row: &'a Row,
    index: usize,
    convert: impl FnOnce(T) -> DbValue,
) -> Result<DbValue, tokio_postgres::Error> {
    let value: Option<T> = row.try_get(index)?;
    Ok(value.map_or(DbValue::DbNull, convert))
}

fn date(value: NaiveDate) -> (i32, u8, u8) {
    (value.year(), byte(value.month()), byte(value.day()))
}

fn time(value: NaiveTime) -> (u8, u8, u8, u32) {
    (byte(value.hour()), byte(value.minute()), byte(value.second()), value.nanosecond())
}

fn datetime(value: NaiveDateTime) -> (i32, u8, u8, u8, u8, u8, u32) {
    let (year, month, day) = date(value.date());
    let (hour, minute, second, nanosecond) = time(value.time());
    (year, month, day, hour, minute, second, nanosecond)
}

/// Parts of dates and times are below 60, so the conversion never fails.
fn byte(part: u32) -> u8 {
    part as u8
}

/// A value in the wire format.
struct Raw(Vec<u8>);

impl FromSql<'_> for Raw {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(raw.to_owned()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn size_on_heap(value: &DbValue) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    match value {
        DbValue::Str(text) | DbValue::Uuid(text) | DbValue::Decimal(text) => text.len(),
        DbValue::Binary(bytes) | DbValue::Jsonb(bytes) | DbValue::Unsupported(bytes) => bytes.len(),
        DbValue::ArrayInt32(values) => size_of_val(values.as_slice()),
        DbValue::ArrayInt64(values) => size_of_val(values.as_slice()),
        DbValue::ArrayDecimal(texts) | DbValue::ArrayStr(texts) => {
            size_of_val(texts.as_slice()) + texts.iter().map(text).sum::<usize>()
        }
        DbValue::RangeDecimal((lower, upper)) => [lower, upper].into_iter().flatten().map(|(text, _)| text.len()).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
