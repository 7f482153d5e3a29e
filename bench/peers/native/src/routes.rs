//! The routes.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::AppState;
use crate::envelope::Caller;
use crate::problem::Problem;
use crate::store::{MAX_TOCOS, NewTransfer};

#[derive(Deserialize)]
pub(crate) struct Page {
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Balance {
    tocos: i64,
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Serialize)]
struct Greeting {
    message: &'static str,
}

/// Lets a request through that has the key.
pub(crate) async fn authenticate(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let missing = || Problem::unauthorized("Send a valid API key in the header X-API-KEY.");
    let key = request.headers().get("x-api-key").ok_or_else(missing)?;
    let digest: [u8; 32] = Sha256::digest(key).into();
    if !bool::from(digest.ct_eq(&state.key_digest)) {
        return Err(Problem::unauthorized("The key in the header X-API-KEY is not one of this API's."));
    }
    let fingerprint = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let mut response = next.run(request).await;
    response.extensions_mut().insert(Caller(fingerprint));
    Ok(response)
}

pub(crate) async fn health() -> impl IntoResponse {
    Json(Health { status: "ok" })
}

pub(crate) async fn hello_world() -> impl IntoResponse {
    Json(Greeting { message: "Hello World!" })
}

pub(crate) async fn metrics(State(state): State<AppState>) -> Result<String, Problem> {
    state.metrics.text().map_err(Problem::internal)
}

pub(crate) async fn list(State(state): State<AppState>, Query(page): Query<Page>) -> Result<Response, Problem> {
    let limit = page.limit.unwrap_or(100);
    if !(1..=1000).contains(&limit) {
        return Err(Problem::invalid("limit: must be from 1 to 1000"));
    }
    let after =
        page.cursor.map(|cursor| URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok()));
    let after = after.unwrap_or_else(|| Some(String::new())).ok_or_else(|| Problem::malformed("cursor"))?;
    let mut entries = state.store.list(after, limit + 1).await?;
    let has_more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let link = entries.last().filter(|_| has_more).map(|last| {
        let cursor = URL_SAFE_NO_PAD.encode(&last.user);
        [(header::LINK, format!("</tocos?limit={limit}&cursor={cursor}>; rel=\"next\""))]
    });
    Ok((link.map(IntoResponse::into_response).unwrap_or_default().into_parts().0, Json(entries)).into_response())
}

pub(crate) async fn get_user(State(state): State<AppState>, Path(user): Path<String>) -> Result<Response, Problem> {
    let user = user_name(user)?;
    let (entry, tag) = state.store.get(user.clone()).await?.ok_or_else(|| Problem::user_not_found(&user))?;
    Ok(([(header::ETAG, tag)], Json(entry)).into_response())
}

pub(crate) async fn put_user(
    State(state): State<AppState>,
    Path(user): Path<String>,
    balance: Result<Json<Balance>, JsonRejection>,
) -> Result<Response, Problem> {
    let user = user_name(user)?;
    let Json(balance) = balance.map_err(|error| Problem::malformed(error.body_text()))?;
    if !(0..=MAX_TOCOS).contains(&balance.tocos) {
        return Err(Problem::invalid("tocos: out of bounds"));
    }
    let location = format!("/tocos/{user}");
    let (entry, tag, is_new) = state.store.put(user, balance.tocos).await?;
    let tag = [(header::ETAG, tag)];
    Ok(if is_new {
        (StatusCode::CREATED, tag, [(header::LOCATION, location)], Json(entry)).into_response()
    } else {
        (tag, Json(entry)).into_response()
    })
}

pub(crate) async fn transfer(
    State(state): State<AppState>,
    new: Result<Json<NewTransfer>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(new) = new.map_err(|error| Problem::malformed(error.body_text()))?;
    for user in [&new.from, &new.to] {
        user_name(user.clone())?;
    }
    let is_note_short = new.note.as_ref().is_none_or(|note| note.chars().count() <= 200);
    if new.from == new.to || !(1..=MAX_TOCOS).contains(&new.amount) || !is_note_short {
        return Err(Problem::invalid("the transfer is out of bounds"));
    }
    let transfer = state.store.transfer(new).await?;
    let location = [(header::LOCATION, format!("/transfers/{}", transfer.id))];
    Ok((StatusCode::CREATED, location, Json(transfer)).into_response())
}

fn user_name(name: String) -> Result<String, Problem> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if is_plain && (1..=64).contains(&name.len()) {
        Ok(name)
    } else {
        Err(Problem::invalid("user: must be 1 to 64 characters of letters, digits, '.', '_' or '-'"))
    }
}
