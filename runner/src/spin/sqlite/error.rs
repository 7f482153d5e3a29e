//! SQLite's errors in the words of the interface.

use super::bindings::Error;

pub(super) fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}
