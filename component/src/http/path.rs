//! Parameters in the path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::{ApiError, FieldError};
use crate::domain::UserName;

/// The parameter `{user}` of a route, in bounds.
#[derive(Debug)]
pub struct UserPath(pub UserName);

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::Malformed(FieldError::new("user", rejection.body_text())))?;
        UserName::parse(text).map(Self).map_err(|error| ApiError::InvalidValue(vec![FieldError::new("user", error)]))
    }
}
