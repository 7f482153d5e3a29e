//! `/tocos` and `/tocos/{user}`: who has how many tocos.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::AppState;
use crate::domain::{Entry, Tocos, UserName};
use crate::http::{ApiError, FieldError, JsonBody, PageRequest, Query, UserPath, next_link};
use crate::ports::Put;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEntry {
    user: String,
    tocos: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Balance {
    tocos: i64,
}

/// A page of entries, in the order of the names.
pub(super) async fn list(State(state): State<AppState>, Query(page): Query<PageRequest>) -> Result<Response, ApiError> {
    let (limit, after) = (page.limit()?, page.after()?);
    // One entry more than asked for tells whether there is another page.
    let mut entries = state.store.list(after.as_ref(), limit + 1).await?;
    let has_more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let link = entries.last().filter(|_| has_more).and_then(|last| next_link("/tocos", limit, &last.user));
    let mut response = Json(entries).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Adds a user.
pub(super) async fn create(
    State(state): State<AppState>,
    JsonBody(body): JsonBody<NewEntry>,
) -> Result<Response, ApiError> {
    let entry = body.into_entry()?;
    if state.store.create(&entry).await? { Ok(created(entry)) } else { Err(ApiError::UserExists(entry.user)) }
}

/// The tocos of one user.
pub(super) async fn get(State(state): State<AppState>, UserPath(user): UserPath) -> Result<Json<Entry>, ApiError> {
    match state.store.get(&user).await? {
        Some(entry) => Ok(Json(entry)),
        None => Err(ApiError::UserNotFound(user)),
    }
}

/// Sets the tocos of one user, and adds the user if need be.
pub(super) async fn put(
    State(state): State<AppState>,
    UserPath(user): UserPath,
    JsonBody(body): JsonBody<Balance>,
) -> Result<Response, ApiError> {
    let tocos =
        Tocos::new(body.tocos).map_err(|error| ApiError::InvalidValue(vec![FieldError::new("tocos", error)]))?;
    match state.store.put(&user, tocos).await? {
        Put::Created => Ok(created(Entry { user, tocos })),
        Put::Replaced => Ok(Json(Entry { user, tocos }).into_response()),
    }
}

/// Removes one user.
pub(super) async fn delete(State(state): State<AppState>, UserPath(user): UserPath) -> Result<StatusCode, ApiError> {
    if state.store.delete(&user).await? { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::UserNotFound(user)) }
}

impl NewEntry {
    /// The entry, or everything that is wrong with it.
    fn into_entry(self) -> Result<Entry, ApiError> {
        let user = UserName::parse(self.user).map_err(|error| FieldError::new("user", error));
        let tocos = Tocos::new(self.tocos).map_err(|error| FieldError::new("tocos", error));
        match (user, tocos) {
            (Ok(user), Ok(tocos)) => Ok(Entry { user, tocos }),
            (user, tocos) => Err(ApiError::InvalidValue([user.err(), tocos.err()].into_iter().flatten().collect())),
        }
    }
}

fn created(entry: Entry) -> Response {
    let location = HeaderValue::try_from(format!("/tocos/{}", entry.user));
    let headers = location.map(|location| [(header::LOCATION, location)]);
    match headers {
        Ok(headers) => (StatusCode::CREATED, headers, Json(entry)).into_response(),
        Err(error) => ApiError::Internal(error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_is_wrong_twice_names_both_fields() {
        let body = NewEntry { user: "a b".into(), tocos: -1 };
        match body.into_entry().unwrap_err() {
            ApiError::InvalidValue(errors) => {
                let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
                assert_eq!(fields, ["user", "tocos"]);
            }
            other => panic!("{other:?}"),
        }
    }
}
