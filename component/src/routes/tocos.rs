//! `/tocos` and `/tocos/{user}`: who has how many tocos.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::AppState;
use super::openapi::schemas::{EntityTags, Limit, UserCursor};
use crate::domain::{Entry, Precondition, Revision, Tocos, TocosError, UserName, Versioned};
use crate::http::{ApiError, Conditions, FieldError, Integer, JsonBody, PageRequest, Query, UserPath, etag, page};
use crate::ports::Put;

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

/// A page of entries, in the order of the names.
#[utoipa::path(
    get,
    path = "/tocos",
    operation_id = "list_tocos",
    tag = "tocos",
    security(("api_key" = ["tocos:read"]), ("token" = ["tocos:read"])),
    params(
        ("limit" = inline(Option<Limit>), Query, description = "How many entries at most."),
        ("cursor" = inline(Option<UserCursor>), Query, description = "Where the page begins: taken from the `Link` of another."),
    ),
    responses((
        status = 200,
        description = "The entries.",
        body = Vec<Entry>,
        headers(("Link" = String, description = "The next page (`rel=\"next\"`), if there is one.")),
    )),
    extensions(("x-problems" = json!(["invalid-value", "store-unavailable"]))),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Query(request): Query<PageRequest>,
) -> Result<Response, ApiError> {
    let limit = request.limit()?;
    let after = request.after(|text| UserName::of_store(text).ok())?;
    // One entry more than asked for tells whether there is another page.
    let entries = state.store.list(after.as_ref(), limit + 1).await?;
    Ok(page(entries, limit, "/tocos?", |last| last.user.to_string()))
}

/// Adds a user.
#[utoipa::path(
    post,
    path = "/tocos",
    operation_id = "create_tocos",
    tag = "tocos",
    security(("api_key" = ["tocos:write"]), ("token" = ["tocos:write"])),
    request_body = NewEntry,
    responses((
        status = 201,
        description = "The user was added.",
        body = Entry,
        headers(
            ("ETag" = String, description = "The state of the user."),
            ("Location" = String, description = "Where the user is."),
        ),
    )),
    extensions(("x-problems" = json!(["user-exists", "store-unavailable"]))),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    conditions: Conditions,
    JsonBody(body): JsonBody<NewEntry>,
) -> Result<Response, ApiError> {
    conditions.check_untagged()?;
    let entry = body.into_entry()?;
    match state.store.create(&entry, incarnation(&state)).await? {
        Some(revision) => created(&entry, revision),
        None => Err(ApiError::UserExists(entry.user)),
    }
}

/// The tocos of one user.
#[utoipa::path(
    get,
    path = "/tocos/{user}",
    operation_id = "get_tocos",
    tag = "tocos",
    security(("api_key" = ["tocos:read"]), ("token" = ["tocos:read"])),
    params(
        ("user" = inline(UserName), Path, description = "Who."),
        ("If-Match" = inline(Option<EntityTags>), Header, description = "The states that the client wants."),
        ("If-None-Match" = inline(Option<EntityTags>), Header, description = "The states that the client has."),
    ),
    responses((
        status = 200,
        description = "The entry.",
        body = Entry,
        headers(("ETag" = String, description = "The state of the user.")),
    )),
    extensions(("x-problems" = json!(["invalid-value", "user-not-found", "store-unavailable"]))),
)]
pub(super) async fn get(State(state): State<AppState>, UserPath(user): UserPath) -> Result<Response, ApiError> {
    let Some(Versioned { entry, revision }) = state.store.get(&user).await? else {
        return Err(ApiError::UserNotFound(user));
    };
    Ok(([(header::ETAG, etag(revision))], Json(entry)).into_response())
}

/// Sets the tocos of one user, and adds the user if need be.
#[utoipa::path(
    put,
    path = "/tocos/{user}",
    operation_id = "put_tocos",
    tag = "tocos",
    security(("api_key" = ["tocos:write"]), ("token" = ["tocos:write"])),
    params(
        ("user" = inline(UserName), Path, description = "Who."),
        ("If-Match" = inline(Option<EntityTags>), Header, description = "The states that may be replaced."),
        ("If-None-Match" = inline(Option<EntityTags>), Header,
            description = "The states that may not be replaced; `*` if there may be no such user."),
    ),
    request_body = Balance,
    responses(
        (
            status = 200,
            description = "The user has as many.",
            body = Entry,
            headers(("ETag" = String, description = "The new state of the user.")),
        ),
        (
            status = 201,
            description = "The user was added.",
            body = Entry,
            headers(
                ("ETag" = String, description = "The state of the user."),
                ("Location" = String, description = "Where the user is."),
            ),
        ),
    ),
    extensions(("x-problems" = json!(["store-unavailable"]))),
)]
pub(super) async fn put(
    State(state): State<AppState>,
    UserPath(user): UserPath,
    conditions: Conditions,
    JsonBody(body): JsonBody<Balance>,
) -> Result<Response, ApiError> {
    let tocos = tocos(body.tocos).map_err(|error| ApiError::InvalidValue(vec![error]))?;
    let entry = Entry { user, tocos };
    match state.store.put(&entry, incarnation(&state), &conditions.precondition()).await? {
        Put::Created(revision) => created(&entry, revision),
        Put::Replaced(revision) => Ok(([(header::ETAG, etag(revision))], Json(entry)).into_response()),
        Put::PreconditionFailed => Err(ApiError::PreconditionFailed),
    }
}

/// Removes one user.
#[utoipa::path(
    delete,
    path = "/tocos/{user}",
    operation_id = "delete_tocos",
    tag = "tocos",
    security(("api_key" = ["tocos:write"]), ("token" = ["tocos:write"])),
    params(
        ("user" = inline(UserName), Path, description = "Who."),
        ("If-Match" = inline(Option<EntityTags>), Header, description = "The states that may be removed."),
        ("If-None-Match" = inline(Option<EntityTags>), Header, description = "The states that may not be removed."),
    ),
    responses((status = 204, description = "The user is gone.")),
    extensions(("x-problems" = json!(["invalid-value", "user-not-found", "store-unavailable"]))),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    UserPath(user): UserPath,
    conditions: Conditions,
) -> Result<StatusCode, ApiError> {
    let precondition = conditions.precondition();
    if state.store.delete(&user, &precondition).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let is_conditional = precondition != Precondition::none();
    if is_conditional && (!precondition.may_be_absent || state.store.get(&user).await?.is_some()) {
        return Err(ApiError::PreconditionFailed);
    }
    Err(ApiError::UserNotFound(user))
}

impl NewEntry {
    /// The entry, or everything that is wrong with it.
    fn into_entry(self) -> Result<Entry, ApiError> {
        let user = UserName::parse(self.user).map_err(|error| FieldError::new("user", error));
        let tocos = tocos(self.tocos);
        match (user, tocos) {
            (Ok(user), Ok(tocos)) => Ok(Entry { user, tocos }),
            (user, tocos) => Err(ApiError::InvalidValue([user.err(), tocos.err()].into_iter().flatten().collect())),
        }
    }
}

fn tocos(amount: Integer) -> Result<Tocos, FieldError> {
    amount.get().ok_or(TocosError).and_then(Tocos::new).map_err(|error| FieldError::new("tocos", error))
}

fn created(entry: &Entry, revision: Revision) -> Result<Response, ApiError> {
    let location = HeaderValue::try_from(format!("/tocos/{}", entry.user));
    let location = location.map_err(|error| ApiError::Internal(error.to_string()))?;
    let headers = [(header::LOCATION, location), (header::ETAG, etag(revision))];
    Ok((StatusCode::CREATED, headers, Json(entry)).into_response())
}

/// A number for a user who may be new, drawn from all that are not negative.
fn incarnation(state: &AppState) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = state.system.random();
    i64::from_be_bytes([a, b, c, d, e, f, g, h]) & i64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_is_wrong_twice_names_both_fields() {
        let body: NewEntry = serde_json::from_str(r#"{"user": "a b", "tocos": -1}"#).unwrap();
        match body.into_entry().unwrap_err() {
            ApiError::InvalidValue(errors) => {
                let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
                assert_eq!(fields, ["user", "tocos"]);
            }
            other => panic!("{other:?}"),
        }
    }
}
