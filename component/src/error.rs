//! Problems in addition to those of the chassis.

use axum::http::StatusCode;
use chassis::http::Problem;

use crate::domain::{Tocos, UserName};

pub fn user_not_found(user: &UserName) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "user-not-found", "No such user")
        .detail(format!("The user '{user}' does not exist."))
}

pub fn user_exists(user: &UserName) -> Problem {
    Problem::new(StatusCode::CONFLICT, "user-exists", "User exists")
        .detail(format!("The user '{user}' already exists."))
}

pub fn transfer_not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "transfer-not-found", "No such transfer").detail("No transfer has this id.")
}

pub fn not_enough_tocos(user: &UserName) -> Problem {
    Problem::new(StatusCode::CONFLICT, "not-enough-tocos", "Not enough tocos")
        .detail(format!("The user '{user}' has fewer tocos than the amount."))
}

pub fn too_many_tocos(user: &UserName) -> Problem {
    Problem::new(StatusCode::CONFLICT, "too-many-tocos", "Too many tocos")
        .detail(format!("The user '{user}' would have more than {} tocos.", Tocos::MAX))
}

/// One problem of each type, for the description.
pub fn samples() -> Vec<Problem> {
    let of_user = [user_not_found, user_exists, not_enough_tocos, too_many_tocos];
    let user = UserName::parse("Sam").into_iter();
    user.flat_map(|user| of_user.map(|problem| problem(&user))).chain([transfer_not_found()]).collect()
}
