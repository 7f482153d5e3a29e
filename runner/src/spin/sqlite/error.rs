//! Maps SQLite's errors to the interface's.

use super::bindings::Error;

pub(super) fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}
