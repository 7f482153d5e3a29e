//! The trace of a request (W3C Trace Context, level 1).

use axum::http::HeaderMap;

use super::headers::{TRACEPARENT, single};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The caller's span: 16 hexadecimal digits.
    pub parent_id: String,
}

impl TraceContext {
    /// An invalid header is ignored (section 3.2.2.5).
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

/// Only zeros are invalid (sections 3.2.2.3 and 3.2.2.4).
fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
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
