//! Header fields that the `http` crate lacks, and fields of several lines.

use std::time::Duration;

use axum::http::header::ToStrError;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// draft-ietf-httpapi-idempotency-key-header.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// draft-ietf-httpapi-ratelimit-headers-10, section 4: what is left of the quota, and until when.
pub(super) const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// Section 3 of that draft: the quota and its window.
pub(super) const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
pub(super) const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(super) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A field that is no list, sent more than once (RFC 9110 section 5.3).
pub(super) struct Repeated;

pub(super) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Repeated> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next();
    if lines.next().is_none() { Ok(first) } else { Err(Repeated) }
}

/// Joins the lines of a field to one list (RFC 9110 section 5.3); empty without a line. An error if a line is no text.
pub(super) fn list(headers: &HeaderMap, name: &HeaderName) -> Result<String, ToStrError> {
    let lines: Vec<_> = headers.get_all(name).iter().map(HeaderValue::to_str).collect::<Result<_, _>>()?;
    Ok(lines.join(","))
}

/// Rounds up: a client then waits long enough.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use axum::http::header::{ACCEPT, IF_MATCH};

    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    #[test]
    fn lines_follow_one_another() {
        let none: &[&[u8]] = &[];
        for (lines, expected) in [(none, ""), (&[b"a, b"], "a, b"), (&[b"a", b"b;q=0.5, c"], "a,b;q=0.5, c")] {
            assert_eq!(list(&headers(lines), &ACCEPT).unwrap(), expected);
            assert_eq!(list(&headers(lines), &IF_MATCH).unwrap(), "");
        }
    }

    #[test]
    fn one_line_that_is_no_text_spoils_all() {
        assert!(list(&headers(&[b"a", b"\xff"]), &ACCEPT).is_err());
    }
}
