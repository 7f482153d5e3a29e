//! What values may be, with the bounds of the code that reads them.

use serde_json::json;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::{Amount, IdempotencyKey, Note, Timestamp, Tocos, TransferId, UserName};
use crate::http::{DEFAULT_LIMIT, MAX_LIMIT};

/// The query parameter `limit`.
pub(in crate::routes) struct Limit;

/// The query parameter `cursor` of users: a name in base64url.
pub(in crate::routes) struct UserCursor;

/// The query parameter `cursor` of transfers: an id in base64url.
pub(in crate::routes) struct TransferCursor;

/// A header that is a list of entity tags, or `*`.
pub(in crate::routes) struct EntityTags;

/// A header that can only be `true`.
pub(in crate::routes) struct True;

/// The query parameter `name` of the time.
pub(in crate::routes) struct Name;

/// Gives types the schemas that the expressions make.
macro_rules! schemas {
    ($($type:ty => $schema:expr;)*) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                Object::from($schema).into()
            }
        }
        impl ToSchema for $type {}
    )*};
}

schemas! {
    UserName => text(1, UserName::MAX_LENGTH)
        .pattern(Some(NO_DOT_SEGMENT))
        .description(Some("The name of a user: not `.` or `..`, which clients remove from a path."))
        .examples(["Sam"]);
    Tocos => integer(0, Tocos::MAX).description(Some("How many tocos somebody has.")).examples([5]);
    Amount => integer(1, Tocos::MAX).description(Some("How many tocos go to somebody else.")).examples([1]);
    Note => text(0, Note::MAX_LENGTH)
        .pattern(Some(NO_CONTROL_CHARACTER))
        .description(Some("What a transfer is for."))
        .examples(["lunch"]);
    TransferId => of_format(SchemaFormat::Custom("uuid".into()))
        .pattern(Some("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"))
        .description(Some("The id of a transfer. Later transfers have greater ids."))
        .examples(["018bcfe5-687b-7000-8000-000000000000"]);
    Timestamp => of_format(SchemaFormat::KnownFormat(KnownFormat::DateTime))
        .description(Some("A moment in UTC, to the millisecond."))
        .examples(["2023-11-14T22:13:20.123Z"]);
    IdempotencyKey => text(1, IdempotencyKey::MAX_LENGTH)
        .pattern(Some("^[!-~]+$"))
        .examples(["b6e2f0ce-lunch"]);
    Limit => integer(1, i64::from(MAX_LIMIT)).default(Some(json!(DEFAULT_LIMIT))).examples([2]);
    UserCursor => text(2, 86).pattern(Some("^[A-Za-z0-9_-]+$")).examples(["Sm9obg"]);
    TransferCursor => text(48, 48)
        .pattern(Some("^[A-Za-z0-9_-]+$"))
        .examples(["MDE4YmNmZTUtNjg3Yi03MDAwLTgwMDAtMDAwMDAwMDAwMDAw"]);
    EntityTags => text(1, usize::MAX)
        .pattern(Some(r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#))
        .examples([r#""4a0c3f5b7d9e1f22.1""#]);
    True => ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true"]));
    Name => text(1, super::current_time::MAX_NAME_LENGTH).examples(["Ada"]);
}

/// Plain characters, at least one of them another than the dots of `.` and `..`.
const NO_DOT_SEGMENT: &str = r"^(\.?[A-Za-z0-9_-]|\.\.[A-Za-z0-9._-])[A-Za-z0-9._-]*$";

/// Those of Unicode's category Cc.
const NO_CONTROL_CHARACTER: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

fn text(shortest: usize, longest: usize) -> ObjectBuilder {
    let longest = Some(longest).filter(|longest| *longest < usize::MAX);
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(shortest)).max_length(longest)
}

fn integer(least: i64, most: i64) -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
    let (least, most) = (whole(least), whole(most));
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(format)).minimum(Some(least)).maximum(Some(most))
}

fn whole(number: i64) -> utoipa::Number {
    utoipa::Number::Int(isize::try_from(number).unwrap_or(isize::MAX))
}

fn of_format(format: SchemaFormat) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(format))
}
