//! Conditional requests (RFC 9110 section 13).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::list::list;
use super::{ApiError, FieldError};
use crate::domain::{Precondition, Revision};

/// The request's fields that name states. To have no others costs less than a copy of all of them.
#[derive(Debug)]
pub struct Conditions(pub HeaderMap);

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut conditions = HeaderMap::new();
        for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
            for value in parts.headers.get_all(&name) {
                conditions.append(&name, value.clone());
            }
        }
        Ok(Self(conditions))
    }
}

/// The entity tag of a state.
pub fn etag(revision: Revision) -> HeaderValue {
    HeaderValue::try_from(format!("\"{revision}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Whether the client has this state already, so that it need not be sent (`If-None-Match`).
pub fn is_not_modified(headers: &HeaderMap, revision: Revision) -> Result<bool, ApiError> {
    is_any_known(headers, |opaque| Revision::parse(opaque) == Some(revision))
}

/// As [`is_not_modified`], for a file whose entity tag is this text, weak or not. A client that names
/// no tags properly gets the file.
pub fn is_tag_known(headers: &HeaderMap, opaque: &str) -> bool {
    is_any_known(headers, |known| known == opaque).unwrap_or(false)
}

/// What must hold for a write, by `If-Match` or `If-None-Match: *`.
pub fn precondition(headers: &HeaderMap) -> Result<Precondition, ApiError> {
    let if_match = tags(headers, &header::IF_MATCH)?;
    let if_none_match = tags(headers, &header::IF_NONE_MATCH)?;
    match (if_match, if_none_match) {
        (None, None) => Ok(Precondition::None),
        (Some(Tags::Any), None) => Ok(Precondition::Exists),
        // A weak tag never matches here (section 13.1.1).
        (Some(Tags::List(tags)), None) => Ok(Precondition::OneOf(
            tags.iter().filter(|tag| !tag.is_weak).filter_map(|tag| Revision::parse(&tag.opaque)).collect(),
        )),
        (None, Some(Tags::Any)) => Ok(Precondition::Absent),
        // What must be there must not: whichever of the two fails, the answer is the same (section 13.2.2).
        (Some(_), Some(Tags::Any)) => Err(ApiError::PreconditionFailed),
        (_, Some(Tags::List(_))) => Err(malformed(&header::IF_NONE_MATCH, "can only be * here")),
    }
}

#[derive(Debug, PartialEq)]
enum Tags {
    Any,
    List(Vec<Tag>),
}

#[derive(Debug, PartialEq)]
struct Tag {
    is_weak: bool,
    opaque: String,
}

fn is_any_known(headers: &HeaderMap, is_current: impl Fn(&str) -> bool) -> Result<bool, ApiError> {
    Ok(match tags(headers, &header::IF_NONE_MATCH)? {
        None => false,
        Some(Tags::Any) => true,
        Some(Tags::List(tags)) => tags.iter().any(|tag| is_current(&tag.opaque)),
    })
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, ApiError> {
    match list(headers, name).map_err(|_| malformed(name, "is no text"))?.trim() {
        "" => Ok(None),
        "*" => Ok(Some(Tags::Any)),
        list => parse(list).map(|tags| Some(Tags::List(tags))).ok_or_else(|| malformed(name, "is no list of tags")),
    }
}

/// A list of entity tags, which may hold commas; empty elements are ignored (section 5.6.1.2).
fn parse(mut list: &str) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    loop {
        list = list.trim_start_matches([' ', '\t', ',']);
        if list.is_empty() {
            return Some(tags);
        }
        let (is_weak, quoted) = match list.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, list),
        };
        let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
        tags.push(Tag { is_weak, opaque: opaque.to_owned() });
        list = rest.trim_start_matches([' ', '\t']);
        if !list.is_empty() && !list.starts_with(',') {
            return None;
        }
    }
}

fn malformed(name: &HeaderName, detail: &str) -> ApiError {
    ApiError::Malformed(FieldError::new(name.as_str(), detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Revision = Revision { incarnation: 0xa, count: 2 };

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_tag_is_read_as_it_was_given() {
        let tag = etag(SEEN);
        assert_eq!(tag, "\"a.2\"");
        let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        assert_eq!(is_not_modified(&headers, SEEN), Ok(true));
    }

    #[test]
    fn a_state_that_the_client_has_is_not_sent_again() {
        for (value, expected) in [
            ("\"a.2\"", true),
            ("W/\"a.2\"", true),
            ("\"x,y\", \"a.2\"", true),
            ("*", true),
            ("\"a.1\"", false),
            ("\"b.2\"", false),
            ("", false),
        ] {
            let headers = headers(&[(header::IF_NONE_MATCH, value)]);
            assert_eq!(is_not_modified(&headers, SEEN), Ok(expected), "{value}");
        }
    }

    #[test]
    fn preconditions_of_a_write() {
        let one_of = |revisions: &[Revision]| Ok(Precondition::OneOf(revisions.to_vec()));
        for (pairs, expected) in [
            (&[][..], Ok(Precondition::None)),
            (&[(header::IF_MATCH, "*")], Ok(Precondition::Exists)),
            (&[(header::IF_NONE_MATCH, "*")], Ok(Precondition::Absent)),
            (&[(header::IF_MATCH, "\"a.2\"")], one_of(&[SEEN])),
            (&[(header::IF_MATCH, "\"x\""), (header::IF_MATCH, "\"a.2\"")], one_of(&[SEEN])),
            (&[(header::IF_MATCH, "W/\"a.2\"")], one_of(&[])),
        ] {
            assert_eq!(precondition(&headers(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn nothing_is_there_and_not_there() {
        for value in ["*", "\"a.2\""] {
            let both = headers(&[(header::IF_MATCH, value), (header::IF_NONE_MATCH, "*")]);
            assert_eq!(precondition(&both), Err(ApiError::PreconditionFailed), "{value}");
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_malformed() {
        for value in ["a.2", "\"a", "\"a\" \"b\"", "w/\"a\"", "**", "\"a\"x"] {
            let headers = headers(&[(header::IF_MATCH, value)]);
            assert!(matches!(precondition(&headers), Err(ApiError::Malformed(_))), "{value}");
        }
        let to_write = headers(&[(header::IF_NONE_MATCH, "\"a.2\"")]);
        assert!(matches!(precondition(&to_write), Err(ApiError::Malformed(_))));
    }
}
