//! Conditional requests by entity tags (RFC 9110 section 13). No resource has a date of modification, so the API must
//! ignore `If-Modified-Since` and `If-Unmodified-Since` (sections 13.1.3 and 13.1.4).

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use utoipa::IntoParams;

use super::Problem;
use super::headers::list;
use super::schemas::EntityTags;
use crate::types::{Precondition, Revision};

/// Fields of the content, which a 304 lacks.
const OF_CONTENT: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::LINK];

/// Further fields of the representation, which a 304 has (section 15.4.5) and a problem lacks.
const OF_REPRESENTATION: [HeaderName; 4] =
    [header::ETAG, header::CACHE_CONTROL, header::CONTENT_SECURITY_POLICY, header::REFERRER_POLICY];

#[derive(Clone, Debug, Default, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Conditions {
    /// Entity tags. The request takes effect only if the resource has one of them; `*` stands for any.
    #[param(rename = "If-Match", inline, value_type = Option<EntityTags>)]
    if_match: Option<Tags>,
    /// Entity tags. The request takes effect only if the resource has none of them; `*` stands for any.
    #[param(rename = "If-None-Match", inline, value_type = Option<EntityTags>)]
    if_none_match: Option<Tags>,
}

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&parts.headers)
    }
}

impl Conditions {
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self { if_match: tags(headers, &header::IF_MATCH)?, if_none_match: tags(headers, &header::IF_NONE_MATCH)? })
    }

    /// Returns the precondition of a write, for the store to evaluate in its statement.
    pub fn precondition(&self) -> Precondition {
        let excluded = self.if_none_match.as_ref().map_or_else(Vec::new, |tags| tags.opaque(|_| true));
        let (tags, is_one_of) = match (&self.if_match, &self.if_none_match) {
            (_, Some(Tags::Any)) => (Vec::new(), true),
            (None | Some(Tags::Any), _) => (excluded, false),
            (Some(listed), _) => {
                // A weak tag never matches here (section 13.1.1).
                let mut tags = listed.opaque(is_strong);
                tags.retain(|tag| !excluded.contains(tag));
                (tags, true)
            }
        };
        Precondition { may_be_absent: self.if_match.is_none(), tags, is_one_of }
    }

    /// Evaluates the conditions of a write to a resource that always exists and has no tag, such as a list.
    pub fn check_untagged(&self) -> Result<(), Problem> {
        if self.matches(None) && self.differs(None) { Ok(()) } else { Err(Problem::precondition_failed()) }
    }

    /// Evaluates the conditions of a read in the order of section 13.2.2. Returns whether the client needs the content.
    fn needs_content(&self, current: Option<&str>) -> Result<bool, Problem> {
        if self.matches(current) { Ok(self.differs(current)) } else { Err(Problem::precondition_failed()) }
    }

    /// `If-Match`, by strong comparison (section 8.8.3.2).
    fn matches(&self, current: Option<&str>) -> bool {
        let is_same = |tag: &str| is_strong(tag) && current == Some(tag);
        self.if_match.as_ref().is_none_or(|tags| tags.any(is_same))
    }

    /// `If-None-Match`, by weak comparison.
    fn differs(&self, current: Option<&str>) -> bool {
        let is_same = |tag: &str| current.map(opaque) == Some(opaque(tag));
        !self.if_none_match.as_ref().is_some_and(|tags| tags.any(is_same))
    }
}

pub(super) fn of_read(request: &Request<Body>) -> Option<Result<Conditions, Problem>> {
    let has = |name| request.headers().contains_key(name);
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    (is_read && (has(header::IF_MATCH) || has(header::IF_NONE_MATCH))).then(|| Conditions::of(request.headers()))
}

/// Turns a success into a 304 or a problem. Conditions don't apply to failures (section 13.2.1).
pub(super) fn apply(conditions: Result<Conditions, Problem>, response: &mut Response<Body>) {
    if !response.status().is_success() {
        return;
    }
    let current = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let problem = match conditions.and_then(|conditions| conditions.needs_content(current)) {
        Ok(true) => return,
        Ok(false) => None,
        Err(problem) => Some(problem),
    };
    *response.body_mut() = Body::empty();
    *response.status_mut() = problem.as_ref().map_or(StatusCode::NOT_MODIFIED, |problem| problem.status);
    let of_representation = OF_REPRESENTATION.iter().filter(|_| problem.is_some());
    OF_CONTENT.iter().chain(of_representation).for_each(|name| drop(response.headers_mut().remove(name)));
    if let Some(problem) = problem {
        response.extensions_mut().insert(problem);
    }
}

pub fn etag(revision: Revision) -> HeaderValue {
    HeaderValue::try_from(format!("\"{revision}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Problem> {
    if !headers.contains_key(name) {
        return Ok(None);
    }
    let tags = list(headers, name).ok().and_then(|list| Tags::parse(&list));
    tags.map(Some).ok_or_else(|| Problem::malformed(name.as_str(), "must be * or a list of entity tags"))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    /// `*`: any existing representation.
    Any,
    /// As they were sent, such as `"a.1"` or `W/"a.1"`.
    List(Vec<String>),
}

impl Tags {
    /// Empty elements of a list are ignored (section 5.6.1.2).
    fn parse(value: &str) -> Option<Self> {
        let mut rest = value.trim_matches([' ', '\t']);
        if rest == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return (!tags.is_empty()).then_some(Self::List(tags));
            }
            let after = after_tag(rest)?;
            tags.extend(rest.strip_suffix(after).map(str::to_owned));
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(',') {
                return None;
            }
        }
    }

    fn any(&self, matches: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::List(tags) => tags.iter().any(|tag| matches(tag)),
        }
    }

    fn opaque(&self, is_taken: impl Fn(&str) -> bool) -> Vec<String> {
        let Self::List(tags) = self else { return Vec::new() };
        tags.iter().filter(|tag| is_taken(tag)).map(|tag| opaque(tag).to_owned()).collect()
    }
}

/// Returns the text after the tag at the start of a list. Tags may contain commas.
fn after_tag(list: &str) -> Option<&str> {
    let quoted = list.strip_prefix("W/").unwrap_or(list).strip_prefix('"')?;
    let (opaque, after) = quoted.split_once('"')?;
    opaque.bytes().all(|byte| byte.is_ascii_graphic()).then_some(after)
}

fn is_strong(tag: &str) -> bool {
    tag.starts_with('"')
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
}

#[cfg(test)]
mod tests;
