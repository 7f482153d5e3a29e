//! Conditional requests (RFC 9110 section 13), by entity tags (section 8.8.3).
//!
//! No resource has a date of modification, so sections 13.1.3 and 13.1.4 require the API to ignore `If-Modified-Since`
//! and `If-Unmodified-Since`.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use utoipa::IntoParams;

use super::Problem;
use super::headers::list;
use super::schemas::EntityTags;
use crate::types::{Precondition, Revision, States};

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

    /// Returns the precondition of a write, which the store evaluates in its statement.
    pub fn precondition(&self) -> Precondition {
        let excluded = self.if_none_match.as_ref().map_or_else(Vec::new, |tags| revisions(tags, |_| true));
        let states = match (&self.if_match, &self.if_none_match) {
            (_, Some(Tags::Any)) => States::OneOf(Vec::new()),
            (None | Some(Tags::Any), _) => States::NoneOf(excluded),
            (Some(listed), _) => {
                // A weak tag never matches here (section 13.1.1).
                let listed = revisions(listed, |tag| !tag.is_weak).into_iter();
                States::OneOf(listed.filter(|revision| !excluded.contains(revision)).collect())
            }
        };
        Precondition { may_be_absent: self.if_match.is_none(), states }
    }

    /// Evaluates them for a write to a resource that always exists and has no tag, such as a list.
    pub fn check_untagged(&self) -> Result<(), Problem> {
        if self.matches(None) && self.differs(None) { Ok(()) } else { Err(Problem::precondition_failed()) }
    }

    /// Whether the client needs the representation, in the order of section 13.2.2.
    fn needs_content(&self, current: Option<&Tag>) -> Result<bool, Problem> {
        if self.matches(current) { Ok(self.differs(current)) } else { Err(Problem::precondition_failed()) }
    }

    /// `If-Match`, by strong comparison (section 8.8.3.2).
    fn matches(&self, current: Option<&Tag>) -> bool {
        let is_same = |tag: &Tag| current.is_some_and(|current| !current.is_weak && tag == current);
        self.if_match.as_ref().is_none_or(|tags| tags.any(is_same))
    }

    /// `If-None-Match`, by weak comparison.
    fn differs(&self, current: Option<&Tag>) -> bool {
        let is_same = |tag: &Tag| current.is_some_and(|current| tag.opaque == current.opaque);
        !self.if_none_match.as_ref().is_some_and(|tags| tags.any(is_same))
    }
}

/// Returns the conditions of a `GET` or `HEAD`.
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
    let current = response.headers().get(header::ETAG).and_then(Tag::of_field);
    let problem = match conditions.and_then(|conditions| conditions.needs_content(current.as_ref())) {
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

/// Returns the revisions of the tags that `is_taken` accepts. Tags that the API never sent have none.
fn revisions(tags: &Tags, is_taken: impl Fn(&Tag) -> bool) -> Vec<Revision> {
    let Tags::List(tags) = tags else { return Vec::new() };
    tags.iter().filter(|tag| is_taken(tag)).filter_map(|tag| Revision::parse(&tag.opaque)).collect()
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    /// `*`: any existing representation.
    Any,
    /// At least one tag.
    List(Vec<Tag>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    is_weak: bool,
    opaque: String,
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
            let (tag, after) = Tag::parse(rest)?;
            tags.push(tag);
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(',') {
                return None;
            }
        }
    }

    fn any(&self, matches: impl Fn(&Tag) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::List(tags) => tags.iter().any(matches),
        }
    }
}

impl Tag {
    fn of_field(value: &HeaderValue) -> Option<Self> {
        let (tag, rest) = Self::parse(value.to_str().ok()?)?;
        rest.is_empty().then_some(tag)
    }

    /// Returns the tag at the start of a list, and the text after it. Tags may contain commas.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (is_weak, quoted) = text.strip_prefix("W/").map_or((false, text), |quoted| (true, quoted));
        let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
        let is_tag = opaque.bytes().all(|byte| byte.is_ascii_graphic());
        is_tag.then(|| (Self { is_weak, opaque: opaque.to_owned() }, rest))
    }
}

#[cfg(test)]
mod tests;
