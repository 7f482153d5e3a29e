//! The API's own values.

use api::values::{Id, Text};
use chassis::http::PageRequest;

/// Checks how each type of value parses a text.
///
/// # Panics
/// If a value accepts a text that it should not, or changes it.
pub fn check(text: &str) {
    if let Some(id) = Id::parse(text) {
        assert_eq!(id.to_string(), text);
    }
    if Text::try_from(text.to_owned()).is_ok() {
        assert!((1..=Text::MAX_LENGTH).contains(&text.chars().count()));
    }
}

/// Returns the request's cursor, as each list parses it.
pub fn cursors(request: &PageRequest) -> Vec<String> {
    let id = request.after(|text| Id::parse(&text)).ok().flatten();
    id.map(|id| id.to_string()).into_iter().collect()
}
