//! Parameters in the path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::{ApiError, FieldError};
use crate::domain::{TransferId, UserName};

/// The parameter `{user}` of a route, in bounds.
#[derive(Debug)]
pub struct UserPath(pub UserName);

/// The parameter `{id}` of a route, where it is that of a transfer.
#[derive(Debug)]
pub struct TransferPath(pub TransferId);

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        UserName::parse(text(parts, state, "user").await?)
            .map(Self)
            .map_err(|error| ApiError::InvalidValue(vec![FieldError::new("user", error)]))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TransferPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = TransferId::parse(&text(parts, state, "id").await?);
        id.map(Self).ok_or(ApiError::TransferNotFound)
    }
}

/// The one parameter of a route, with its percent-encoding undone.
async fn text<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Result<String, ApiError> {
    match Path::from_request_parts(parts, state).await {
        Ok(Path(text)) => Ok(text),
        Err(rejection) => Err(ApiError::Malformed(FieldError::new(name, rejection.body_text()))),
    }
}
