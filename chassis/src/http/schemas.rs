//! Schemas of the OpenAPI document, with the bounds of the code that parses the values.

use serde_json::json;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::types::{IdempotencyKey, Timestamp};

pub struct Limit;
pub struct Cursor;
pub struct EntityTags;
pub struct True;

/// Implements `ToSchema`, by an expression for each type.
#[macro_export]
macro_rules! schemas {
    ($($type:ty => $schema:expr;)*) => {$(
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::schema::Object::from($schema).into()
            }
        }
        impl utoipa::ToSchema for $type {}
    )*};
}

schemas! {
    Timestamp => of_format(SchemaFormat::KnownFormat(KnownFormat::DateTime))
        .description(Some("Time in UTC, with milliseconds (RFC 3339)."))
        .examples(["2023-11-14T22:13:20.123Z"]);
    IdempotencyKey => text(1, IdempotencyKey::MAX_LENGTH)
        .pattern(Some("^[!-~]+$"))
        .examples(["b6e2f0ce-lunch"]);
    Limit => integer(1, i64::from(MAX_LIMIT)).default(Some(json!(DEFAULT_LIMIT))).examples([2]);
    Cursor => text(1, usize::MAX).pattern(Some("^[A-Za-z0-9_-]+$"));
    EntityTags => text(1, usize::MAX)
        .pattern(Some(r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#))
        .examples([r#""4a0c3f5b7d9e1f22.1""#]);
    True => ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true"]));
}

pub fn text(shortest: usize, longest: usize) -> ObjectBuilder {
    let longest = Some(longest).filter(|longest| *longest < usize::MAX);
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(shortest)).max_length(longest)
}

pub fn integer(least: i64, most: i64) -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
    let [least, most] = [least, most].map(|bound| utoipa::Number::Int(isize::try_from(bound).unwrap_or(isize::MAX)));
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(format)).minimum(Some(least)).maximum(Some(most))
}

pub fn of_format(format: SchemaFormat) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(format))
}
