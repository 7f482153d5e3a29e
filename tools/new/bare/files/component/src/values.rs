//! Value types that enforce their bounds, which resources share.

use chassis::http::schemas::{of_format, text};
use chassis::ports::System;
use chassis::types::{InvalidValue, uuid_v7};
use derive_more::{Deref, Display};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::SchemaFormat;
use uuid::Uuid;

/// The id of an entry: a UUID of version 7 (RFC 9562), which sorts by time.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Deserialize, Serialize)]
pub struct Id(Uuid);

/// 1 to [`Text::MAX_LENGTH`] characters, none of them a control character.
#[derive(Clone, Debug, Deref, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct Text(String);

chassis::schemas! {
    Id => of_format(SchemaFormat::Custom("uuid".into()))
        .pattern(Some("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"))
        .description(Some("Later entries have greater ids."))
        .examples(["018bcfe5-687b-7000-8000-000000000000"]);
    Text => text(1, Text::MAX_LENGTH)
        .pattern(Some("^[^\\u0000-\\u001f\\u007f-\\u009f]*$"))
        .examples(["Buy milk"]);
}

impl Id {
    /// Comes before the id of every entry.
    pub const FIRST: Self = Self(Uuid::nil());

    /// Returns the id of an entry that is created now.
    pub fn new(system: &dyn System) -> Self {
        Self(uuid_v7(system.now(), system.random()))
    }

    /// Reads an id as it is shown: hyphenated, in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(text).ok()?);
        (id.to_string() == text).then_some(id)
    }
}

impl Text {
    /// In characters: two lines of text.
    pub const MAX_LENGTH: usize = 200;

    const INVALID: InvalidValue = InvalidValue("must be 1 to 200 characters, without control characters");
}

impl TryFrom<String> for Text {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        let is_in_bounds = (1..=Self::MAX_LENGTH).contains(&text.chars().count());
        if is_in_bounds && !text.chars().any(char::is_control) { Ok(Self(text)) } else { Err(Self::INVALID) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_hold_their_bounds() {
        let longest = "é".repeat(Text::MAX_LENGTH);
        for text in ["a", "\"quoted\"", &longest] {
            assert_eq!(Text::try_from(text.to_owned()).unwrap().as_str(), text);
        }
        for text in ["", "a\nb", &format!("{longest}x")] {
            assert_eq!(Text::try_from(text.to_owned()), Err(Text::INVALID), "{text:?}");
        }
    }

    #[test]
    fn an_id_is_read_only_as_it_is_shown() {
        let shown = "018bcfe5-687b-7000-8000-00000000000a";
        assert_eq!(Id::parse(shown).unwrap().to_string(), shown);
        for text in ["", "1", &shown.to_uppercase(), &shown.replace('-', "")] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
