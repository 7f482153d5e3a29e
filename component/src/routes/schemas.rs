//! Schemas of the OpenAPI document, with the bounds of the code that parses the values.

use chassis::http::schemas::{integer, of_format, text};
use utoipa::openapi::schema::SchemaFormat;

use crate::domain::{Amount, Note, Tocos, TransferId, UserName};

chassis::schemas! {
    UserName => text(1, UserName::MAX_LENGTH)
        .pattern(Some(NO_DOT_SEGMENT))
        .description(Some("Name of a user. `.` and `..` are not allowed, because clients remove them from a path."))
        .examples(["Sam"]);
    Tocos => integer(0, Tocos::MAX).description(Some("Balance of a user, in tocos.")).examples([5]);
    Amount => integer(1, Tocos::MAX).description(Some("Amount of a transfer, in tocos.")).examples([1]);
    Note => text(0, Note::MAX_LENGTH)
        .pattern(Some(NO_CONTROL_CHARACTER))
        .description(Some("Purpose of a transfer. Control characters are not allowed."))
        .examples(["lunch"]);
    TransferId => of_format(SchemaFormat::Custom("uuid".into()))
        .pattern(Some("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"))
        .description(Some("Id of a transfer (UUID version 7). Later transfers have greater ids, within the precision of the clocks."))
        .examples(["018bcfe5-687b-7000-8000-000000000000"]);
}

/// Matches what [`UserName::parse`] accepts, apart from the length.
const NO_DOT_SEGMENT: &str = r"^(\.?[A-Za-z0-9_-]|\.\.[A-Za-z0-9._-])[A-Za-z0-9._-]*$";

/// Unicode's category Cc.
const NO_CONTROL_CHARACTER: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";
