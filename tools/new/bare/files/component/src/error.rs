//! What a request can fail with, beside what the chassis knows.

use axum::http::StatusCode;
use chassis::http::Problem;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    NoteNotFound,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoteNotFound => {
                Self::new(StatusCode::NOT_FOUND, "note-not-found", "No such note").detail("There is no note of this id.")
            }
        }
    }
}

/// One problem of each type, for the description.
pub fn samples() -> Vec<Problem> {
    vec![Error::NoteNotFound.into()]
}
