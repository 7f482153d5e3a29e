use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::Problem;
use super::headers::{IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, Repeated, single};
use super::schemas::{Cursor, Limit};
use crate::types::IdempotencyKey;

pub const DEFAULT_LIMIT: u32 = 100;

/// Maximum page limit: about 100 KB of JSON, one read of the database.
pub const MAX_LIMIT: u32 = 1000;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageRequest {
    /// Maximum number of items.
    #[param(inline, value_type = Option<Limit>)]
    limit: Option<String>,
    /// Start of the page, from the header `Link` of the page before.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<String>,
}

impl PageRequest {
    pub fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = &self.limit else { return Ok(DEFAULT_LIMIT) };
        let is_integer = text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
            Err(_) if !is_integer || text.is_empty() => Err(Problem::malformed("limit", "must be an integer")),
            _ => Err(Problem::invalid_value("limit", format!("must be from 1 to {MAX_LIMIT}"))),
        }
    }

    /// Returns the last item of the page before, as `parse` reads it; `None` on the first page.
    pub fn after<T>(&self, parse: impl FnOnce(String) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let last = text.and_then(parse);
        last.map(Some).ok_or_else(|| Problem::malformed("cursor", "is none that this API gave out"))
    }
}

/// Returns one page, with a `Link` (RFC 8288) if there is one item more than `limit`. `target` is the list's path and
/// query, up to the last `?` or `&`, and needs no escape; `key` returns the cursor after an item.
pub fn page<T: Serialize>(mut items: Vec<T>, limit: u32, target: &str, key: impl FnOnce(&T) -> String) -> Response {
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().filter(|_| has_more).map(key);
    let link = last.and_then(|last| {
        let cursor = URL_SAFE_NO_PAD.encode(last);
        HeaderValue::try_from(format!("<{target}limit={limit}&cursor={cursor}>; rel=\"next\"")).ok()
    });
    (link.map(|link| [(header::LINK, link)]), Json(items)).into_response()
}

/// The query as `T`. Unknown parameters are ignored, as other systems add them to links; a repeated one is malformed.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if percent_decode_str(parts.uri.query().unwrap_or_default()).decode_utf8().is_err() {
            return Err(Problem::malformed("query", "is no UTF-8"));
        }
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        let query = query.map_err(|rejection| Problem::malformed("query", rejection.body_text()))?;
        Ok(Self(query.0))
    }
}

/// Returns the only parameter of a route, decoded. `name` is its name in errors.
pub async fn path_parameter<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Result<String, Problem> {
    let path = Path::from_request_parts(parts, state).await;
    path.map(|Path(text)| text).map_err(|rejection| Problem::malformed(name, rejection.body_text()))
}

/// Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let name = IDEMPOTENCY_KEY;
    let value = single(headers, &name).map_err(|Repeated| Problem::malformed(name.as_str(), "is given twice"))?;
    let key = value.map(|value| IdempotencyKey::parse(value.to_str().unwrap_or_default())).transpose();
    key.map_err(|error| Problem::invalid_value(name.as_str(), error))
}

pub fn mark_as_replayed(headers: &mut HeaderMap) {
    headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(limit: Option<&str>, cursor: Option<&str>) -> PageRequest {
        PageRequest { limit: limit.map(Into::into), cursor: cursor.map(Into::into) }
    }

    #[test]
    fn limits_hold_on_both_sides() {
        assert_eq!(request(None, None).limit(), Ok(DEFAULT_LIMIT));
        for (text, expected) in [("1", 1), ("1000", 1000), ("007", 7)] {
            assert_eq!(request(Some(text), None).limit(), Ok(expected), "{text}");
        }
        for text in ["0", "1001", "-1", "99999999999999999999"] {
            assert_eq!(request(Some(text), None).limit().unwrap_err().slug, "invalid-value", "{text}");
        }
        for text in ["", "ten", "1.5", "1 "] {
            assert_eq!(request(Some(text), None).limit().unwrap_err().slug, "malformed-request", "{text:?}");
        }
    }

    #[test]
    fn a_cursor_of_a_link_leads_to_the_next_page() {
        let response = page(vec!["a", "b", "c"], 2, "/list?of=x&", ToString::to_string);
        let link = response.headers()[header::LINK].to_str().unwrap();
        let cursor = link.strip_prefix("</list?of=x&limit=2&cursor=").unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        assert_eq!(request(None, Some(cursor)).after(Some), Ok(Some("b".to_owned())));
    }

    #[test]
    fn the_last_page_has_no_link() {
        for items in [vec![], vec!["a", "b"]] {
            let response = page(items, 2, "/list?", ToString::to_string);
            assert!(!response.headers().contains_key(header::LINK));
        }
    }

    #[test]
    fn other_cursors_are_malformed() {
        let parse = |text: String| (text == "Sam").then_some(text);
        for cursor in ["", "!", "U2Ft=", "/w", "YSBi"] {
            assert_eq!(request(None, Some(cursor)).after(parse).unwrap_err().slug, "malformed-request", "{cursor:?}");
        }
    }

    fn key(values: &[&'static str]) -> Result<Option<String>, &'static str> {
        let headers = values.iter().map(|value| (IDEMPOTENCY_KEY, HeaderValue::from_static(value))).collect();
        let key = idempotency_key(&headers).map_err(|problem| problem.slug)?;
        Ok(key.map(|key| key.as_str().to_owned()))
    }

    #[test]
    fn a_request_has_one_key_or_none() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["k-1"]), Ok(Some("k-1".into())));
        assert_eq!(key(&[""]), Err("invalid-value"));
        assert_eq!(key(&["a b"]), Err("invalid-value"));
        assert_eq!(key(&["a", "a"]), Err("malformed-request"));
    }
}
