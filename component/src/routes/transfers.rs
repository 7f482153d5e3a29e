use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chassis::http::schemas::True;
use chassis::http::{
    Conditions, FieldError, Integer, JsonBody, PageRequest, Problem, Query, Result, idempotency_key, mark_as_replayed,
    page, path_parameter,
};
use chassis::types::{Caller, IdempotencyKey, Timestamp, fingerprint};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::AppState;
use crate::domain::{Amount, Note, Outcome, Transfer, TransferId, UserName};
use crate::store::{Idempotency, TransferReply};
use crate::{error, metrics};

/// Tocos to move.
#[derive(Deserialize, ToSchema)]
#[schema(examples(json!({"from": "Sam", "to": "John", "amount": 1, "note": "lunch"})))]
#[serde(deny_unknown_fields)]
pub(super) struct NewTransfer {
    /// Who gives.
    #[schema(value_type = UserName, example = "Sam")]
    from: String,
    /// Who gets: another user than `from`.
    #[schema(value_type = UserName, example = "John")]
    to: String,
    #[schema(value_type = Amount)]
    amount: Integer,
    #[schema(value_type = Option<Note>)]
    note: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    user: Option<String>,
}

#[derive(Debug)]
pub(super) struct TransferPath(TransferId);

/// Moves tocos. With an idempotency key, a repetition gets the first answer again.
#[utoipa::path(
    post, path = "/transfers",
    operation_id = "create_transfer", tag = "transfers",
    params((
        "Idempotency-Key" = inline(Option<IdempotencyKey>), Header,
        description = "Makes it safe to send the request again, for a day.",
    )),
    request_body = NewTransfer,
    responses((
        status = 201, description = "The tocos moved.", body = Transfer,
        headers(("Location"), ("Idempotent-Replayed" = inline(True))),
    )),
    extensions(("x-problems" = json!([
        "user-not-found", "not-enough-tocos", "too-many-tocos",
        "idempotency-key-reused", "request-in-progress", "store-unavailable",
    ]))),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    Extension(caller): Extension<Arc<Caller>>,
    conditions: Conditions,
    headers: HeaderMap,
    JsonBody(body): JsonBody<NewTransfer>,
) -> Result<Response> {
    conditions.check_untagged()?;
    let key = idempotency_key(&headers)?;
    let now = state.chassis.system.now();
    let transfer = body.into_transfer(TransferId::new(now, state.chassis.system.random()), now)?;
    let idempotency = key.map(|key| {
        let fingerprint = fingerprint(&(&transfer.from, &transfer.to, transfer.amount, &transfer.note));
        Idempotency { caller: caller.identity.id(), key, fingerprint }
    });
    let reply = state.store.transfer(&transfer, idempotency.as_ref()).await?;
    state.chassis.metrics.count(metrics::transfers(&reply));
    match reply {
        TransferReply::First(outcome) => respond(outcome),
        TransferReply::Replayed(outcome) => {
            let mut response = respond(outcome).unwrap_or_else(IntoResponse::into_response);
            mark_as_replayed(response.headers_mut());
            Ok(response)
        }
        TransferReply::KeyReused => Err(Problem::idempotency_key_reused()),
        TransferReply::InProgress => Err(Problem::request_in_progress()),
    }
}

/// One transfer.
#[utoipa::path(
    get, path = "/transfers/{id}",
    operation_id = "get_transfer", tag = "transfers",
    params(("id" = inline(TransferId), Path, description = "Which one.")),
    responses((status = 200, description = "The transfer.", body = Transfer)),
    extensions(("x-problems" = json!(["transfer-not-found", "store-unavailable"]))),
)]
pub(super) async fn get(State(state): State<AppState>, TransferPath(id): TransferPath) -> Result<Json<Transfer>> {
    state.store.find_transfer(id).await?.map(Json).ok_or_else(error::transfer_not_found)
}

/// A page of transfers, the newest first.
#[utoipa::path(
    get, path = "/transfers",
    operation_id = "list_transfers", tag = "transfers",
    params(
        ("user" = inline(Option<UserName>), Query, description = "Only those that this user gave or got."),
        PageRequest,
    ),
    responses((status = 200, description = "The transfers.", body = Vec<Transfer>, headers(("Link")))),
    extensions(("x-problems" = json!(["invalid-value", "store-unavailable"]))),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Query(filter): Query<Filter>,
    Query(request): Query<PageRequest>,
) -> Result<Response> {
    let limit = request.limit()?;
    let before = request.after(|text| TransferId::parse(&text))?;
    let user = filter.user.map(UserName::parse).transpose();
    let user = user.map_err(|error| Problem::invalid_value("user", error))?;
    // One more transfer than the limit shows that there is another page.
    let transfers = state.store.list_transfers(user.as_ref(), before, limit + 1).await?;
    let target = user.map_or_else(|| "/transfers?".into(), |user| format!("/transfers?user={user}&"));
    Ok(page(transfers, limit, &target, |last| last.id.to_string()))
}

impl<S: Send + Sync> FromRequestParts<S> for TransferPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let id = TransferId::parse(&path_parameter(parts, state, "id").await?);
        id.map(Self).ok_or_else(error::transfer_not_found)
    }
}

impl NewTransfer {
    /// Returns the errors of all fields, not just the first.
    fn into_transfer(self, id: TransferId, created_at: Timestamp) -> Result<Transfer> {
        let is_circular = self.from == self.to;
        let from = UserName::parse(self.from).map_err(|error| FieldError::new("from", error));
        let to = UserName::parse(self.to).map_err(|error| FieldError::new("to", error));
        let to = to.and_then(|to| {
            if is_circular { Err(FieldError::new("to", "must be another user than from")) } else { Ok(to) }
        });
        let amount = self.amount.get().ok_or(Amount::INVALID).and_then(Amount::try_from);
        let amount = amount.map_err(|error| FieldError::new("amount", error));
        let note = self.note.map(Note::try_from).transpose().map_err(|error| FieldError::new("note", error));
        match (from, to, amount, note) {
            (Ok(from), Ok(to), Ok(amount), Ok(note)) => Ok(Transfer { id, from, to, amount, note, created_at }),
            (from, to, amount, note) => {
                let errors = [from.err(), to.err(), amount.err(), note.err()];
                Err(Problem::invalid_values(errors.into_iter().flatten()))
            }
        }
    }
}

fn respond(outcome: Outcome) -> Result<Response> {
    match outcome {
        Outcome::Done(transfer) => {
            let location = [(header::LOCATION, format!("/transfers/{}", transfer.id))];
            Ok((StatusCode::CREATED, location, Json(transfer)).into_response())
        }
        Outcome::UnknownUser(user) => Err(error::user_not_found(&user)),
        Outcome::NotEnough(user) => Err(error::not_enough_tocos(&user)),
        Outcome::TooMany(user) => Err(error::too_many_tocos(&user)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(from: &str, to: &str, amount: i64, note: &str) -> Vec<String> {
        let body = serde_json::json!({"from": from, "to": to, "amount": amount, "note": note}).to_string();
        let body: NewTransfer = serde_json::from_str(&body).unwrap();
        let now = Timestamp::from(1);
        match body.into_transfer(TransferId::new(now, [0; 16]), now) {
            Ok(_) => Vec::new(),
            Err(problem) => problem.errors.iter().map(|error| error.field.clone()).collect(),
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        assert!(fields("John", "Sam", 1, "").is_empty());
        assert_eq!(fields("John", "John", 1, ""), ["to"]);
        assert_eq!(fields("a b", "", 0, "\u{0}"), ["from", "to", "amount", "note"]);
    }
}
