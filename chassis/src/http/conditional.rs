//! Conditional requests (RFC 9110 section 13): what `If-Match` and `If-None-Match` ask for, of every resource.
//!
//! No resource has a date of modification, so that `If-Modified-Since` and `If-Unmodified-Since` are ignored, as
//! sections 13.1.3 and 13.1.4 want it.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

use super::Problem;
use super::entity_tag::{Tag, Tags};
use super::list_field::list_field;
use crate::types::{Precondition, Revision, States};

/// What a representation brings along, and an answer without it does not have.
const OF_REPRESENTATION: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::LINK];

/// What an answer says of a representation that the client has (section 15.4.5), but not beside a problem.
const OF_SUCCESS: [HeaderName; 4] =
    [header::ETAG, header::CACHE_CONTROL, header::CONTENT_SECURITY_POLICY, header::REFERRER_POLICY];

/// The conditions of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

/// The conditions of a request that only reads, until there is an answer.
pub(super) struct ReadConditions(Result<Conditions, Problem>);

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&parts.headers)
    }
}

impl Conditions {
    /// Reads them; a field that is there and is neither `*` nor a list of tags is malformed.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self { if_match: tags(headers, &header::IF_MATCH)?, if_none_match: tags(headers, &header::IF_NONE_MATCH)? })
    }

    /// What they ask of a user who is to be written; the store evaluates it in the statement that writes.
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

    /// Evaluates them for a write to a resource that always exists and has no tag, as lists are.
    pub fn check_untagged(&self) -> Result<(), Problem> {
        if self.matches(None) && self.differs(None) { Ok(()) } else { Err(Problem::precondition_failed()) }
    }

    /// Whether a representation with this tag is to be sent, or the client has it; in the order of section 13.2.2.
    fn is_to_be_sent(&self, current: Option<&Tag>) -> Result<bool, Problem> {
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

impl ReadConditions {
    /// Those of a request, if it only reads.
    pub(super) fn of(request: &Request<Body>) -> Option<Self> {
        let has = |name| request.headers().contains_key(name);
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        (is_read && (has(header::IF_MATCH) || has(header::IF_NONE_MATCH)))
            .then(|| Self(Conditions::of(request.headers())))
    }

    /// Turns a success into what the conditions make of it. Failures come first (section 13.2.1).
    pub(super) fn apply(self, response: &mut Response<Body>) {
        if !response.status().is_success() {
            return;
        }
        let current = response.headers().get(header::ETAG).and_then(Tag::of_field);
        let error = match self.0.and_then(|conditions| conditions.is_to_be_sent(current.as_ref())) {
            Ok(true) => return,
            Ok(false) => None,
            Err(error) => Some(error),
        };
        *response.body_mut() = Body::empty();
        OF_REPRESENTATION.iter().for_each(|name| drop(response.headers_mut().remove(name)));
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        if let Some(error) = error {
            OF_SUCCESS.iter().for_each(|name| drop(response.headers_mut().remove(name)));
            *response.status_mut() = error.status;
            response.extensions_mut().insert(error);
        }
    }
}

/// The entity tag of a state.
pub fn etag(revision: Revision) -> HeaderValue {
    HeaderValue::try_from(format!("\"{revision}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Problem> {
    if !headers.contains_key(name) {
        return Ok(None);
    }
    let malformed = || Problem::malformed(name.as_str(), "must be * or a list of entity tags");
    let list = list_field(headers, name).map_err(|_| malformed())?;
    Tags::parse(&list).map(Some).ok_or_else(malformed)
}

/// The states that the tags name. A tag that the API never gave names none.
fn revisions(tags: &Tags, is_taken: impl Fn(&Tag) -> bool) -> Vec<Revision> {
    match tags {
        Tags::Any => Vec::new(),
        Tags::List(tags) => {
            tags.iter().filter(|tag| is_taken(tag)).filter_map(|tag| Revision::parse(&tag.opaque)).collect()
        }
    }
}

#[cfg(test)]
mod tests;
