//! Errors beside those of the chassis.

use axum::http::StatusCode;
use chassis::http::Problem;

use crate::domain::{Tocos, UserName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    UserNotFound(UserName),
    UserExists(UserName),
    TransferNotFound,
    /// The giver of a transfer has less than its amount.
    NotEnoughTocos(UserName),
    /// The receiver of a transfer would have more than [`Tocos::MAX`].
    TooManyTocos(UserName),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::UserNotFound(user) => Self::new(StatusCode::NOT_FOUND, "user-not-found", "No such user")
                .detail(format!("There is no user '{user}'.")),
            Error::UserExists(user) => Self::new(StatusCode::CONFLICT, "user-exists", "User exists")
                .detail(format!("There is a user '{user}' already.")),
            Error::TransferNotFound => Self::new(StatusCode::NOT_FOUND, "transfer-not-found", "No such transfer")
                .detail("There is no transfer of this id."),
            Error::NotEnoughTocos(user) => Self::new(StatusCode::CONFLICT, "not-enough-tocos", "Not enough tocos")
                .detail(format!("The user '{user}' has less than the amount.")),
            Error::TooManyTocos(user) => Self::new(StatusCode::CONFLICT, "too-many-tocos", "Too many tocos")
                .detail(format!("The user '{user}' would have more than {}.", Tocos::MAX)),
        }
    }
}

/// One problem of each type, for the description.
pub fn samples() -> Vec<Problem> {
    let user = UserName::parse("Sam").ok();
    let of_user = [Error::UserNotFound, Error::UserExists, Error::NotEnoughTocos, Error::TooManyTocos];
    let of_user = user.into_iter().flat_map(|user| of_user.map(|error| error(user.clone())));
    of_user.chain([Error::TransferNotFound]).map(Problem::from).collect()
}
