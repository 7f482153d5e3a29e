//! Pages of a list: a limit and an opaque cursor in, a link to the next page out.

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::{ApiError, FieldError};
use crate::domain::UserName;

/// Entries on a page when the client doesn't say.
pub const DEFAULT_LIMIT: u32 = 100;

/// Most entries on a page: about 100 KB of JSON, one read of the database.
pub const MAX_LIMIT: u32 = 1000;

/// The parameters of a page, as the client wrote them.
#[derive(Debug, Default, Deserialize)]
pub struct PageRequest {
    limit: Option<String>,
    cursor: Option<String>,
}

impl PageRequest {
    /// How many entries are wanted: 1 to [`MAX_LIMIT`].
    pub fn limit(&self) -> Result<u32, ApiError> {
        let Some(text) = &self.limit else {
            return Ok(DEFAULT_LIMIT);
        };
        let is_integer = text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
            Err(_) if !is_integer || text.is_empty() => {
                Err(ApiError::Malformed(FieldError::new("limit", "must be an integer")))
            }
            _ => {
                let detail = format!("must be from 1 to {MAX_LIMIT}");
                Err(ApiError::InvalidValue(vec![FieldError::new("limit", detail)]))
            }
        }
    }

    /// The name after which the page starts, if it is not the first page.
    pub fn after(&self) -> Result<Option<UserName>, ApiError> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let name = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match name.map(UserName::parse) {
            Some(Ok(user)) => Ok(Some(user)),
            _ => Err(ApiError::Malformed(FieldError::new("cursor", "is none that this API gave out"))),
        }
    }
}

/// The value of `Link` (RFC 8288) for the page of `path` after `last`.
pub fn next_link(path: &str, limit: u32, last: &UserName) -> Option<HeaderValue> {
    let cursor = URL_SAFE_NO_PAD.encode(last.as_str());
    HeaderValue::try_from(format!("<{path}?limit={limit}&cursor={cursor}>; rel=\"next\"")).ok()
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
            assert!(matches!(request(Some(text), None).limit(), Err(ApiError::InvalidValue(_))), "{text}");
        }
        for text in ["", "ten", "1.5", "1 "] {
            assert!(matches!(request(Some(text), None).limit(), Err(ApiError::Malformed(_))), "{text:?}");
        }
    }

    #[test]
    fn a_cursor_of_a_link_leads_to_the_next_page() {
        let last = UserName::parse("Sam").unwrap();
        let link = next_link("/tocos", 2, &last).unwrap();
        let link = link.to_str().unwrap();
        let cursor = link.strip_prefix("</tocos?limit=2&cursor=").unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        assert_eq!(request(None, Some(cursor)).after(), Ok(Some(last)));
    }

    #[test]
    fn other_cursors_are_malformed() {
        for cursor in ["", "!", "U2Ft=", "/w", "YSBi"] {
            assert!(matches!(request(None, Some(cursor)).after(), Err(ApiError::Malformed(_))), "{cursor:?}");
        }
    }
}
