use axum::Json;
use axum::extract::State;
use chassis::http::schemas::text;
use chassis::http::{Problem, Query, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::AppState;

/// Maximum length of `name`, in characters.
const MAX_NAME_LENGTH: usize = 64;

pub(super) struct Name;

chassis::schemas! {
    Name => text(1, MAX_NAME_LENGTH).examples(["Ada"]);
}

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

/// Returns the current time
///
/// Greets `name` too.
#[utoipa::path(
    get, path = "/current_time", tag = "greetings",
    params(("name" = inline(Name), Query, description = "Name to greet.")),
    responses((status = 200, description = "The current time and a greeting.", body = CurrentTime)),
    extensions(("x-problems" = json!(["invalid-value"]))),
)]
pub(super) async fn get_current_time(
    State(state): State<AppState>,
    Query(Parameters { name }): Query<Parameters>,
) -> Result<Json<CurrentTime>> {
    let name = check(name)?;
    let timestamp = state.chassis.system.now().as_millis().unsigned_abs() / 1000;
    Ok(Json(CurrentTime { timestamp, message: format!("Hello {name}") }))
}

fn check(name: Option<String>) -> Result<String> {
    match name {
        Some(name) if name.chars().count() > MAX_NAME_LENGTH => {
            let detail = format!("may have {MAX_NAME_LENGTH} characters at most");
            Err(Problem::invalid_value("name", detail))
        }
        Some(name) if !name.is_empty() => Ok(name),
        _ => Err(Problem::malformed("name", "the query parameter is missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_their_bounds() {
        let longest = "é".repeat(MAX_NAME_LENGTH);
        assert_eq!(check(Some(longest.clone())), Ok(longest.clone()));
        assert_eq!(check(Some(longest + "x")).unwrap_err().slug, "invalid-value");
        assert_eq!(check(Some(String::new())).unwrap_err().slug, "malformed-request");
        assert_eq!(check(None).unwrap_err().slug, "malformed-request");
    }
}
