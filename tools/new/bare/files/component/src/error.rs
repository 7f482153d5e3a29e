//! Problems in addition to those of the chassis, one function for each type.

use axum::http::StatusCode;
use chassis::http::Problem;

pub fn note_not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "note-not-found", "No such note").detail("There is no note of this id.")
}

/// One problem of each type, for the description.
pub fn samples() -> Vec<Problem> {
    vec![note_not_found()]
}
