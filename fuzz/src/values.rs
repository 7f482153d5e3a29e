//! The API's own values.

use api::domain::{Note, TransferId, UserName};
use chassis::http::PageRequest;

/// Parses a text as each value and checks the result.
///
/// # Panics
/// If a value accepts an invalid text, or changes it.
pub fn check(text: &str) {
    if let Some(id) = TransferId::parse(text) {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(note) = Note::try_from(text.to_owned()) {
        assert!(note.as_str() == text && text.chars().count() <= Note::MAX_LENGTH);
    }
}

/// Returns the decoded cursor of the request for each list that accepts it.
pub fn cursors(request: &PageRequest) -> Vec<String> {
    let user = request.after(|text| UserName::parse(text).ok()).ok().flatten();
    let id = request.after(|text| TransferId::parse(&text)).ok().flatten();
    let user = user.map(|user| user.as_str().to_owned());
    user.into_iter().chain(id.map(|id| id.to_string())).collect()
}
