use super::super::bindings::spin::postgres::postgres::RangeBoundKind::{Exclusive, Inclusive};
use super::super::bindings::spin::postgres::postgres::{Interval, ParameterValue, QueryError};
use super::super::test_server::connect;
use super::super::{Connection, Error};
use super::*;

/// Returns the type and the value of an expression.
async fn select(
    connection: &Connection,
    expression: &str,
    parameters: Vec<ParameterValue>,
) -> Result<(DbDataType, DbValue), Error> {
    let mut result = connection.query(format!("SELECT {expression} AS v"), parameters).await?;
    let column = result.columns.pop().unwrap();
    assert_eq!(column.name, "v");
    Ok((column.data_type, result.rows.pop().unwrap().pop().unwrap()))
}

/// Sends a parameter as a PostgreSQL type and reads it back.
macro_rules! there_and_back {
    ($connection:expr, $($pg_type:literal: $variant:ident($value:expr) as $data_type:ident;)*) => {
        $(
            let parameter = vec![ParameterValue::$variant($value)];
            let result = select($connection, concat!("$1::", $pg_type), parameter).await;
            assert_eq!(result, Ok((DbDataType::$data_type, DbValue::$variant($value))), $pg_type);
        )*
    };
}

#[tokio::test]
async fn each_type_goes_there_and_back() {
    let some = |text: &str| Some(text.to_owned());
    there_and_back! { &connect().await,
        "boolean": Boolean(true) as Boolean;
        "int2": Int16(i16::MIN) as Int16;
        "int4": Int32(i32::MIN) as Int32;
        "int8": Int64(i64::MIN) as Int64;
        "float4": Floating32(1.5) as Floating32;
        "float8": Floating64(f64::INFINITY) as Floating64;
        "text": Str("täxt".to_owned()) as Str;
        "varchar": Str(String::new()) as Str;
        "bytea": Binary(vec![0, 255]) as Binary;
        "date": Date((2024, 2, 29)) as Date;
        "date": Date((-43, 3, 15)) as Date;
        "time": Time((23, 59, 59, 999_999_000)) as Time;
        "timestamp": Datetime((1999, 12, 31, 23, 59, 58, 123_456_000)) as Datetime;
        "uuid": Uuid("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11".to_owned()) as Uuid;
        "jsonb": Jsonb(br#"{"a":[1.5,null,"x"]}"#.to_vec()) as Jsonb;
        "numeric": Decimal("-12345678901234567890.50".to_owned()) as Decimal;
        "int4range": RangeInt32((Some((1, Inclusive)), Some((5, Exclusive)))) as RangeInt32;
        "int8range": RangeInt64((None, Some((i64::MAX, Exclusive)))) as RangeInt64;
        "numrange": RangeDecimal((Some(("1.5".to_owned(), Exclusive)), None)) as RangeDecimal;
        "int4[]": ArrayInt32(vec![Some(1), None]) as ArrayInt32;
        "int8[]": ArrayInt64(Vec::new()) as ArrayInt64;
        "numeric[]": ArrayDecimal(vec![some("1.50"), None]) as ArrayDecimal;
        "text[]": ArrayStr(vec![some("a"), None, some("")]) as ArrayStr;
        "interval": Interval(Interval { micros: -1, days: 2, months: 3 }) as Interval;
    }
}

#[tokio::test]
async fn types_that_only_go_one_way_do() {
    let connection = connect().await;
    for (expression, parameter, expected) in [
        ("to_char($1::timestamptz AT TIME ZONE 'UTC', 'IYYY-MM-DD')", ParameterValue::Timestamp(86_400), "1970-01-02"),
        (r#"$1::"char"::text"#, ParameterValue::Int8(65), "A"),
        ("$1::name::text", ParameterValue::Str("n".to_owned()), "n"),
        ("$1::json::text", ParameterValue::Jsonb(b"[1]".to_vec()), "[1]"),
    ] {
        let result = select(&connection, expression, vec![parameter]).await;
        assert_eq!(result, Ok((DbDataType::Str, DbValue::Str(expected.to_owned()))), "{expression}");
    }
    let padded = select(&connection, "'ab'::char(4)", Vec::new()).await;
    assert_eq!(padded, Ok((DbDataType::Str, DbValue::Str("ab  ".to_owned()))));
}

#[tokio::test]
async fn null_is_null_of_any_type() {
    let connection = connect().await;
    for pg_type in ["boolean", "int8", "text", "uuid", "numeric", "int4range", "text[]", "interval", "json", "inet"] {
        let (_, value) = select(&connection, &format!("$1::{pg_type}"), vec![ParameterValue::DbNull]).await.unwrap();
        assert_eq!(value, DbValue::DbNull, "{pg_type}");
    }
}

#[tokio::test]
async fn other_types_are_unsupported_by_name() {
    let connection = connect().await;
    for (expression, name, bytes) in [
        ("'n'::name", "name", &b"n"[..]),
        ("'{}'::json", "json", b"{}"),
        ("'{t}'::bool[]", "_bool", b"\0\0\0\x01\0\0\0\0\0\0\0\x10\0\0\0\x01\0\0\0\x01\0\0\0\x01\x01"),
        ("5::oid", "oid", b"\0\0\0\x05"),
    ] {
        let result = select(&connection, expression, Vec::new()).await;
        let expected = (DbDataType::Other(name.to_owned()), DbValue::Unsupported(bytes.to_vec()));
        assert_eq!(result, Ok(expected), "{expression}");
    }
}

#[tokio::test]
async fn a_value_that_the_guests_type_cannot_hold_is_an_error() {
    let connection = connect().await;
    for expression in [
        "'infinity'::timestamp",
        "'294276-12-31'::timestamp",
        "now()",
        "'infinity'::date",
        "'NaN'::numeric",
        "1e29::numeric",
        "1e32::numeric",
        "1e1000::numeric",
        "'{{1,2},{3,4}}'::int4[]",
        "'1e400'::jsonb",
    ] {
        let result = select(&connection, expression, Vec::new()).await;
        let Err(Error::QueryFailed(QueryError::Text(reason))) = result else {
            panic!("{expression}: {result:?}");
        };
        assert!(reason.starts_with("error deserializing column 0: "), "{expression}: {reason}");
    }
}

#[test]
fn sizes_count_what_is_on_the_heap() {
    let value = size_of::<DbValue>();
    let text = |length: usize| "x".repeat(length);
    for (row, expected) in [
        (vec![], 0),
        (vec![DbValue::DbNull, DbValue::Int64(1)], 2 * value),
        (vec![DbValue::Str(text(100))], value + 100),
        (vec![DbValue::Unsupported(vec![0; 7])], value + 7),
        (vec![DbValue::ArrayInt64(vec![None; 3])], value + 3 * size_of::<Option<i64>>()),
        (vec![DbValue::ArrayStr(vec![None, Some(text(9))])], value + 2 * size_of::<Option<String>>() + 9),
        (vec![DbValue::RangeDecimal((None, Some((text(5), Inclusive))))], value + 5),
    ] {
        assert_eq!(row_size(&row), expected, "{row:?}");
    }
}
