use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chassis::http::{
    Conditions, FieldError, Integer, JsonBody, PageRequest, Problem, Query, Result, etag, page, path_parameter,
};
use chassis::types::{Precondition, Revision};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::AppState;
use crate::domain::{Entry, Tocos, UserName, Versioned};
use crate::error;
use crate::store::Upsert;

/// A user to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEntry {
    #[schema(value_type = UserName)]
    user: String,
    #[schema(value_type = Tocos)]
    tocos: Integer,
}

/// What a user shall have.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Balance {
    #[schema(value_type = Tocos)]
    tocos: Integer,
}

#[derive(Debug)]
pub(super) struct UserPath(UserName);

/// A page of entries, in the order of the names.
#[utoipa::path(
    get, path = "/tocos",
    operation_id = "list_tocos", tag = "tocos",
    params(PageRequest),
    responses((status = 200, description = "The entries.", body = Vec<Entry>, headers(("Link")))),
    extensions(("x-problems" = json!(["invalid-value", "store-unavailable"]))),
)]
pub(super) async fn list(State(state): State<AppState>, Query(request): Query<PageRequest>) -> Result<Response> {
    let limit = request.limit()?;
    let after = request.after(|text| UserName::try_from(text).ok())?;
    // One more entry than the limit shows that there is another page.
    let entries = state.store.list(after.as_ref(), limit + 1).await?;
    Ok(page(entries, limit, "/tocos?", |last| last.user.to_string()))
}

/// Adds a user.
#[utoipa::path(
    post, path = "/tocos",
    operation_id = "create_tocos", tag = "tocos",
    request_body = NewEntry,
    responses((status = 201, description = "The user was added.", body = Entry, headers(("ETag"), ("Location")))),
    extensions(("x-problems" = json!(["user-exists", "store-unavailable"]))),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    conditions: Conditions,
    JsonBody(body): JsonBody<NewEntry>,
) -> Result<Response> {
    conditions.check_untagged()?;
    let entry = body.into_entry()?;
    match state.store.create(&entry, incarnation(&state)).await? {
        Some(revision) => Ok(created(&entry, revision)),
        None => Err(error::user_exists(&entry.user)),
    }
}

/// The tocos of one user.
#[utoipa::path(
    get, path = "/tocos/{user}",
    operation_id = "get_tocos", tag = "tocos",
    params(("user" = inline(UserName), Path, description = "Who."), Conditions),
    responses((status = 200, description = "The entry.", body = Entry, headers(("ETag")))),
    extensions(("x-problems" = json!(["invalid-value", "user-not-found", "store-unavailable"]))),
)]
pub(super) async fn get(State(state): State<AppState>, UserPath(user): UserPath) -> Result<Response> {
    let Some(Versioned { entry, revision }) = state.store.get(&user).await? else {
        return Err(error::user_not_found(&user));
    };
    Ok(([(header::ETAG, etag(revision))], Json(entry)).into_response())
}

/// Sets the tocos of one user, and adds the user if need be.
#[utoipa::path(
    put, path = "/tocos/{user}",
    operation_id = "put_tocos", tag = "tocos",
    params(("user" = inline(UserName), Path, description = "Who."), Conditions),
    request_body = Balance,
    responses(
        (status = 200, description = "The user has as many.", body = Entry, headers(("ETag"))),
        (status = 201, description = "The user was added.", body = Entry, headers(("ETag"), ("Location"))),
    ),
    extensions(("x-problems" = json!(["store-unavailable"]))),
)]
pub(super) async fn put(
    State(state): State<AppState>,
    UserPath(user): UserPath,
    conditions: Conditions,
    JsonBody(body): JsonBody<Balance>,
) -> Result<Response> {
    let tocos = tocos(body.tocos).map_err(|error| Problem::invalid_values([error]))?;
    let entry = Entry { user, tocos };
    match state.store.put(&entry, incarnation(&state), &conditions.precondition()).await? {
        Upsert::Created(revision) => Ok(created(&entry, revision)),
        Upsert::Replaced(revision) => Ok(([(header::ETAG, etag(revision))], Json(entry)).into_response()),
        Upsert::PreconditionFailed => Err(Problem::precondition_failed()),
    }
}

/// Removes one user.
#[utoipa::path(
    delete, path = "/tocos/{user}",
    operation_id = "delete_tocos", tag = "tocos",
    params(("user" = inline(UserName), Path, description = "Who."), Conditions),
    responses((status = 204, description = "The user is gone.")),
    extensions(("x-problems" = json!(["invalid-value", "user-not-found", "store-unavailable"]))),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    UserPath(user): UserPath,
    conditions: Conditions,
) -> Result<StatusCode> {
    let precondition = conditions.precondition();
    if state.store.delete(&user, &precondition).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let is_conditional = precondition != Precondition::none();
    if is_conditional && (!precondition.may_be_absent || state.store.get(&user).await?.is_some()) {
        return Err(Problem::precondition_failed());
    }
    Err(error::user_not_found(&user))
}

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let user = UserName::parse(path_parameter(parts, state, "user").await?);
        user.map(Self).map_err(|error| Problem::invalid_value("user", error))
    }
}

impl NewEntry {
    /// Returns the errors of all fields, not just the first.
    fn into_entry(self) -> Result<Entry> {
        let user = UserName::parse(self.user).map_err(|error| FieldError::new("user", error));
        let tocos = tocos(self.tocos);
        match (user, tocos) {
            (Ok(user), Ok(tocos)) => Ok(Entry { user, tocos }),
            (user, tocos) => Err(Problem::invalid_values([user.err(), tocos.err()].into_iter().flatten())),
        }
    }
}

fn tocos(amount: Integer) -> Result<Tocos, FieldError> {
    amount.get().ok_or(Tocos::INVALID).and_then(Tocos::try_from).map_err(|error| FieldError::new("tocos", error))
}

fn created(entry: &Entry, revision: Revision) -> Response {
    let location = [(header::LOCATION, format!("/tocos/{}", entry.user))];
    (StatusCode::CREATED, location, [(header::ETAG, etag(revision))], Json(entry)).into_response()
}

/// A random number from 0 to `i64::MAX`, for a user who may be new.
fn incarnation(state: &AppState) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = state.chassis.system.random();
    i64::from_be_bytes([a, b, c, d, e, f, g, h]) & i64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_is_wrong_twice_names_both_fields() {
        let body: NewEntry = serde_json::from_str(r#"{"user": "a b", "tocos": -1}"#).unwrap();
        let problem = body.into_entry().unwrap_err();
        let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!((problem.slug, fields), ("invalid-value", vec!["user", "tocos"]));
    }
}
