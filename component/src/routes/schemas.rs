//! Schemas of the description, with the bounds of the code that reads the values.

use chassis::http::schemas::{integer, of_format, text};
use utoipa::openapi::schema::SchemaFormat;

use crate::domain::{Amount, Note, Tocos, TransferId, UserName};

chassis::schemas! {
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
}

/// [`UserName::parse`].
const NO_DOT_SEGMENT: &str = r"^(\.?[A-Za-z0-9_-]|\.\.[A-Za-z0-9._-])[A-Za-z0-9._-]*$";

/// Unicode's category Cc.
const NO_CONTROL_CHARACTER: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";
