//! Parameters in the path.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chassis::http::{Problem, path_parameter};

use crate::domain::{TransferId, UserName};
use crate::error::Error;

/// The parameter `{user}` of a route.
#[derive(Debug)]
pub(super) struct UserPath(pub UserName);

/// The parameter `{id}` of a route, of a transfer.
#[derive(Debug)]
pub(super) struct TransferPath(pub TransferId);

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let user = UserName::parse(path_parameter(parts, state, "user").await?);
        user.map(Self).map_err(|error| Problem::invalid_value("user", error))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TransferPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = TransferId::parse(&path_parameter(parts, state, "id").await?);
        id.map(Self).ok_or(Error::TransferNotFound.into())
    }
}
