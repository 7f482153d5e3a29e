//! `GET /current_time?name=`: the time, with a greeting.

use std::time::UNIX_EPOCH;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::AppState;
use super::openapi::schemas::Name;
use crate::http::{ApiError, FieldError, Query};

/// Longest name to greet, in characters.
pub(super) const MAX_NAME_LENGTH: usize = 64;

#[derive(Deserialize)]
pub(super) struct Parameters {
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CurrentTime {
    /// Unix time, in whole seconds.
    #[schema(example = 1_700_000_000)]
    timestamp: u64,
    #[schema(example = "Hello Ada")]
    message: String,
}

/// Tells the time to somebody of a name.
#[utoipa::path(
    get,
    path = "/current_time",
    operation_id = "get_current_time",
    tag = "greetings",
    security(("api_key" = []), ("token" = [])),
    params(("name" = inline(Name), Query, description = "Whom to greet.")),
    responses((status = 200, description = "The time.", body = CurrentTime)),
    extensions(("x-problems" = json!(["invalid-value"]))),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Query(Parameters { name }): Query<Parameters>,
) -> Result<Json<CurrentTime>, ApiError> {
    let name = check(name)?;
    let since_epoch = state.system.now().duration_since(UNIX_EPOCH);
    let timestamp = since_epoch.map_err(|error| ApiError::Internal(error.to_string()))?.as_secs();
    Ok(Json(CurrentTime { timestamp, message: format!("Hello {name}") }))
}

fn check(name: Option<String>) -> Result<String, ApiError> {
    match name {
        Some(name) if name.chars().count() > MAX_NAME_LENGTH => {
            let detail = format!("may have {MAX_NAME_LENGTH} characters at most");
            Err(ApiError::InvalidValue(vec![FieldError::new("name", detail)]))
        }
        Some(name) if !name.is_empty() => Ok(name),
        _ => Err(ApiError::Malformed(FieldError::new("name", "the query parameter is missing"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_their_bounds() {
        let longest = "é".repeat(MAX_NAME_LENGTH);
        assert_eq!(check(Some(longest.clone())), Ok(longest.clone()));
        assert!(matches!(check(Some(longest + "x")), Err(ApiError::InvalidValue(_))));
        assert!(matches!(check(Some(String::new())), Err(ApiError::Malformed(_))));
        assert!(matches!(check(None), Err(ApiError::Malformed(_))));
    }
}
