//! `/notes` and `/notes/{id}`.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chassis::http::{Conditions, JsonBody, PageRequest, Problem, Query, page, path_parameter};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::AppState;
use crate::error;
use crate::metrics::NOTES_CREATED;
use crate::store::Note;
use crate::values::{Id, Text};

/// A note to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNote {
    #[schema(value_type = Text)]
    text: String,
}

/// The parameter `{id}` of a route.
#[derive(Debug)]
pub(super) struct NotePath(Id);

/// Lists notes
///
/// Oldest first. The header `Link` leads to the next page.
#[utoipa::path(
    get,
    path = "/notes",
    operation_id = "list_notes",
    tag = "notes",
    params(PageRequest),
    responses((status = 200, description = "A page of notes.", body = Vec<Note>, headers(("Link")))),
    extensions(("x-problems" = json!(["invalid-value", "store-unavailable"]))),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Query(request): Query<PageRequest>,
) -> Result<Response, Problem> {
    let limit = request.limit()?;
    let after = request.after(|text| Id::parse(&text))?;
    // One more note than the limit shows that there is another page.
    let notes = state.store.list_notes(after, limit + 1).await?;
    Ok(page(notes, limit, "/notes?", |last| last.id.to_string()))
}

/// Creates a note
#[utoipa::path(
    post,
    path = "/notes",
    operation_id = "create_note",
    tag = "notes",
    request_body = NewNote,
    responses((status = 201, description = "The new note.", body = Note, headers(("Location")))),
    extensions(("x-problems" = json!(["store-unavailable"]))),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    conditions: Conditions,
    JsonBody(body): JsonBody<NewNote>,
) -> Result<Response, Problem> {
    conditions.check_untagged()?;
    let text = Text::try_from(body.text).map_err(|error| Problem::invalid_value("text", error))?;
    let note = Note::new(text, &*state.chassis.system);
    state.store.create_note(&note).await?;
    state.chassis.metrics.count(NOTES_CREATED);
    let location = HeaderValue::try_from(format!("/notes/{}", note.id)).map_err(Problem::internal)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(note)).into_response())
}

/// Returns a note
#[utoipa::path(
    get,
    path = "/notes/{id}",
    operation_id = "get_note",
    tag = "notes",
    params(("id" = inline(Id), Path, description = "The id of the note.")),
    responses((status = 200, description = "The note.", body = Note)),
    extensions(("x-problems" = json!(["note-not-found", "store-unavailable"]))),
)]
pub(super) async fn get(State(state): State<AppState>, NotePath(id): NotePath) -> Result<Json<Note>, Problem> {
    state.store.get_note(id).await?.map(Json).ok_or_else(error::note_not_found)
}

/// Deletes a note
#[utoipa::path(
    delete,
    path = "/notes/{id}",
    operation_id = "delete_note",
    tag = "notes",
    params(("id" = inline(Id), Path, description = "The id of the note.")),
    responses((status = 204, description = "The note was deleted.")),
    extensions(("x-problems" = json!(["note-not-found", "store-unavailable"]))),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    NotePath(id): NotePath,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    conditions.check_untagged()?;
    let is_deleted = state.store.delete_note(id).await?;
    if is_deleted { Ok(StatusCode::NO_CONTENT) } else { Err(error::note_not_found()) }
}

impl<S: Send + Sync> FromRequestParts<S> for NotePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = Id::parse(&path_parameter(parts, state, "id").await?);
        id.map(Self).ok_or_else(error::note_not_found)
    }
}
