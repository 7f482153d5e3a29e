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

/// A field that must not be a list was sent more than once (RFC 9110 section 5.3).
pub(super) struct Repeated;

pub(super) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Repeated> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next();
    if lines.next().is_none() { Ok(first) } else { Err(Repeated) }
}

/// Joins the lines of a field to one list (RFC 9110 section 5.3), empty without a line. Fails if a line is not text.
pub(super) fn list(headers: &HeaderMap, name: &HeaderName) -> Result<String, ToStrError> {
    let lines: Vec<_> = headers.get_all(name).iter().map(HeaderValue::to_str).collect::<Result<_, _>>()?;
    Ok(lines.join(","))
}

/// Rounds up, so that a client waits long enough.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// The `traceparent` of a request (W3C Trace Context, level 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The caller's span: 16 hexadecimal digits.
    pub parent_id: String,
}

impl TraceContext {
    /// Reads `traceparent`. Ignores an invalid one (section 3.2.2.5).
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        Self::parse(single(headers, &TRACEPARENT).ok()??.to_str().ok()?)
    }

    fn parse(value: &str) -> Option<Self> {
        let parts: Vec<_> = value.split('-').collect();
        let [version, trace_id, parent_id, flags, more @ ..] = parts.as_slice() else { return None };
        // Version ff is forbidden, and only later versions than 00 may have more parts.
        let is_version = is_hex(version, 2) && *version != "ff" && (*version != "00" || more.is_empty());
        let is_valid = is_version && is_id(trace_id, 32) && is_id(parent_id, 16) && is_hex(flags, 2);
        is_valid.then(|| Self { trace_id: (*trace_id).to_owned(), parent_id: (*parent_id).to_owned() })
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// An id of zeros alone is invalid (sections 3.2.2.3 and 3.2.2.4).
fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|byte| byte != b'0')
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

#[cfg(test)]
mod trace_tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn valid_headers_are_continued() {
        for value in
            [format!("00-{TRACE}-{SPAN}-01"), format!("00-{TRACE}-{SPAN}-00"), format!("01-{TRACE}-{SPAN}-01-more")]
        {
            let context = TraceContext::parse(&value).unwrap();
            assert_eq!((context.trace_id.as_str(), context.parent_id.as_str()), (TRACE, SPAN));
        }
    }

    #[test]
    fn others_are_ignored() {
        for value in [
            String::new(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}é-{SPAN}-01"),
        ] {
            assert_eq!(TraceContext::parse(&value), None, "{value}");
        }
    }
}
