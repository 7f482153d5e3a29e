//! Converts parameters of statements from the guest's types to the driver's.
//!
//! The driver refuses a parameter of another type than PostgreSQL expects: it does not convert int32 to BIGINT, for
//! example.

use std::error::Error as StdError;

use bytes::BytesMut;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::bindings::ParameterValue;
use super::decimal::Decimal;
use super::error::chain;
use super::range::{decimal_range, int32_range, int64_range};

pub(super) type Parameter = Box<dyn ToSql + Send + Sync>;

/// # Errors
///
/// Names the first invalid value, such as a day that does not exist.
pub(super) fn to_sql(values: Vec<ParameterValue>) -> Result<Vec<Parameter>, String> {
    values.into_iter().map(parameter).collect()
}

fn parameter(value: ParameterValue) -> Result<Parameter, String> {
    Ok(match value {
        ParameterValue::Boolean(value) => Box::new(value),
        ParameterValue::Int8(value) => Box::new(value),
        ParameterValue::Int16(value) => Box::new(value),
        ParameterValue::Int32(value) => Box::new(value),
        ParameterValue::Int64(value) => Box::new(value),
        ParameterValue::Floating32(value) => Box::new(value),
        ParameterValue::Floating64(value) => Box::new(value),
        ParameterValue::Str(value) => Box::new(value),
        ParameterValue::Binary(value) => Box::new(value),
        ParameterValue::Date((year, month, day)) => Box::new(date(year, month, day)?),
        ParameterValue::Time((hour, minute, second, nanosecond)) => Box::new(time(hour, minute, second, nanosecond)?),
        ParameterValue::Datetime((year, month, day, hour, minute, second, nanosecond)) => {
            Box::new(NaiveDateTime::new(date(year, month, day)?, time(hour, minute, second, nanosecond)?))
        }
        ParameterValue::Timestamp(seconds) => Box::new(timestamp(seconds)?),
        ParameterValue::Uuid(text) => Box::new(uuid(&text)?),
        ParameterValue::Jsonb(text) => Box::new(json(&text)?),
        ParameterValue::Decimal(text) => Box::new(Decimal::parse(&text)?),
        ParameterValue::RangeInt32(bounds) => Box::new(int32_range(bounds)?),
        ParameterValue::RangeInt64(bounds) => Box::new(int64_range(bounds)?),
        ParameterValue::RangeDecimal(bounds) => Box::new(decimal_range(bounds)?),
        ParameterValue::ArrayInt32(values) => Box::new(values),
        ParameterValue::ArrayInt64(values) => Box::new(values),
        ParameterValue::ArrayDecimal(texts) => Box::new(decimals(&texts)?),
        ParameterValue::ArrayStr(values) => Box::new(values),
        ParameterValue::Interval(value) => Box::new(value),
        ParameterValue::DbNull => Box::new(Null),
    })
}

fn date(year: i32, month: u8, day: u8) -> Result<NaiveDate, String> {
    let date = NaiveDate::from_ymd_opt(year, month.into(), day.into());
    date.ok_or_else(|| format!("invalid date y={year}, m={month}, d={day}"))
}

fn time(hour: u8, minute: u8, second: u8, nanosecond: u32) -> Result<NaiveTime, String> {
    let time = NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nanosecond);
    time.ok_or_else(|| format!("invalid time {hour}:{minute}:{second}:{nanosecond}"))
}

fn timestamp(seconds: i64) -> Result<DateTime<Utc>, String> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| format!("invalid epoch timestamp {seconds}"))
}

fn uuid(text: &str) -> Result<Uuid, String> {
    Uuid::parse_str(text).map_err(|error| format!("invalid UUID {text}: {}", chain(&error)))
}

fn json(text: &[u8]) -> Result<serde_json::Value, String> {
    serde_json::from_slice(text)
        .map_err(|error| format!("invalid JSON {}: {}", String::from_utf8_lossy(text), chain(&error)))
}

fn decimals(texts: &[Option<String>]) -> Result<Vec<Option<Decimal>>, String> {
    let decimals = texts.iter().map(|text| text.as_deref().map(Decimal::parse).transpose());
    decimals.collect()
}

/// NULL of any type. An `Option::None` has a type, which the driver would check.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_its_type_cannot_hold_is_named() {
        for (value, expected) in [
            (ParameterValue::Date((2023, 2, 29)), "invalid date y=2023, m=2, d=29"),
            (ParameterValue::Time((24, 0, 0, 0)), "invalid time 24:0:0:0"),
            (ParameterValue::Datetime((2024, 2, 29, 12, 60, 0, 0)), "invalid time 12:60:0:0"),
            (ParameterValue::Timestamp(i64::MAX), "invalid epoch timestamp 9223372036854775807"),
            (ParameterValue::Uuid("x".to_owned()), "invalid UUID x"),
            (ParameterValue::Jsonb(b"{".to_vec()), "invalid JSON {"),
            (ParameterValue::Decimal("1e3".to_owned()), "invalid decimal 1e3"),
            (ParameterValue::ArrayDecimal(vec![None, Some("x".to_owned())]), "invalid decimal x"),
        ] {
            let error = parameter(value).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(parameter(ParameterValue::Date((2024, 2, 29))).is_ok());
    }
}
