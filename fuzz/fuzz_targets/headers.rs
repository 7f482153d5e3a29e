//! Headers that the API and its documentation page parse themselves. Each gets the same text, one value per line.
#![no_main]

use axum::http::{HeaderMap, HeaderValue, header};
use chassis::http::{Conditions, TraceContext, etag, idempotency_key, is_browser, metrics_format};
use chassis::metrics::Format;
use chassis::types::{IdempotencyKey, Precondition, Revision};
use fuzz::headers;
use libfuzzer_sys::fuzz_target;

#[path = "../../docs-ui/src/encoding.rs"]
mod encoding;

fuzz_target!(|text: &[u8]| {
    let Some(any) = headers("idempotency-key", text) else { return };
    check_idempotency_key(&any, text);
    check_trace(text);
    check_tags(text);
    check_accept(text);
    check_encoding(text);
});

fn check_idempotency_key(headers: &HeaderMap, text: &[u8]) {
    let is_key = (1..=IdempotencyKey::MAX_LENGTH).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
    match idempotency_key(headers) {
        Ok(key) => assert_eq!(key.map(|key| key.as_str().as_bytes().to_vec()), is_key.then(|| text.to_vec())),
        Err(_) => assert!(!is_key),
    }
}

fn check_trace(text: &[u8]) {
    let Some(context) = headers("traceparent", text).and_then(|headers| TraceContext::of(&headers)) else { return };
    let (trace, parent) = (&context.trace_id, &context.parent_id);
    let is_id = |id: &str| id.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase());
    assert!(trace.len() == 32 && parent.len() == 16 && is_id(trace) && is_id(parent));
    assert!(trace.bytes().any(|byte| byte != b'0') && parent.bytes().any(|byte| byte != b'0'));
    assert_eq!(text.get(3..35), Some(trace.as_bytes()));
    assert_eq!(text.get(36..52), Some(parent.as_bytes()));
    let again = format!("00-{trace}-{parent}-01");
    assert_eq!(headers("traceparent", again.as_bytes()).and_then(|headers| TraceContext::of(&headers)), Some(context));
}

fn check_tags(text: &[u8]) {
    let seed = text.iter().fold(0_u64, |seed, byte| seed.rotate_left(8) ^ u64::from(*byte));
    let revision = Revision { incarnation: (seed >> 1).cast_signed(), count: i64::from(u32::MAX) & seed.cast_signed() };
    let sent = HeaderMap::from_iter([(header::IF_MATCH, etag(revision))]);
    let expected = Precondition { may_be_absent: false, tags: vec![revision.to_string()], is_one_of: true };
    assert_eq!(Conditions::of(&sent).map(|conditions| conditions.precondition()), Ok(expected));

    let (Some(if_match), Some(if_none_match)) = (headers("if-match", text), headers("if-none-match", text)) else {
        return;
    };
    // Both headers refuse the same texts: those that are not a list of tags, and an empty list.
    let (if_match, if_none_match) = match (Conditions::of(&if_match), Conditions::of(&if_none_match)) {
        (Ok(if_match), Ok(if_none_match)) => (if_match, if_none_match),
        (Err(_), Err(_)) => return,
        one => panic!("{one:?}"),
    };
    assert!(text.iter().any(|byte| matches!(byte, b'*' | b'"')), "a list of nothing");
    let (matching, differing) = (if_match.precondition(), if_none_match.precondition());
    assert!(!matching.may_be_absent && differing.may_be_absent);
    let (strong, all) = (matching.tags, differing.tags);
    match (matching.is_one_of, differing.is_one_of) {
        (true, false) => {
            let tags: Vec<_> = strong.iter().map(|tag| format!("\"{tag}\"")).collect();
            // Commas join the lines to one list (RFC 9110 section 5.3), even where a line ends within a tag.
            let written = String::from_utf8_lossy(text).replace('\n', ",");
            assert!(tags.iter().all(|tag| written.contains(tag)), "a tag that nobody sent");
            assert!(strong.iter().all(|tag| all.contains(tag)), "a strong tag compares weakly too");
            assert!(if_match.check_untagged().is_err() && if_none_match.check_untagged().is_ok());
        }
        (false, true) => {
            assert!(strong.is_empty() && all.is_empty(), "* names no state");
            assert!(if_match.check_untagged().is_ok() && if_none_match.check_untagged().is_err());
        }
        states => panic!("{states:?}"),
    }
}

fn check_accept(text: &[u8]) {
    let Some(headers) = headers("accept", text) else { return };
    let lower = text.to_ascii_lowercase();
    let has = |part: &[u8]| lower.windows(part.len()).any(|window| window == part);
    assert!(!is_browser(&headers) || has(b"text/html"));
    let is_text = metrics_format(&headers) == Format::Text;
    assert!(is_text || has(b"openmetrics-text") || has(b"application/*") || has(b"*/*"));
}

fn check_encoding(text: &[u8]) {
    let Some(headers) = headers("accept-encoding", text) else { return };
    let lower = text.to_ascii_lowercase();
    let named = lower.windows(4).any(|window| window == b"gzip") || lower.contains(&b'*');
    assert!(!encoding::takes_gzip(&headers) || named, "gzip for somebody who didn't ask for it");
    // Takes the text as a weight, which must be from 0 to 1 (RFC 9110 section 12.4.2).
    if text.iter().any(|byte| matches!(byte, b',' | b';' | b'\n')) {
        return;
    }
    let Ok(value) = HeaderValue::from_bytes(&[b"gzip;q=", text].concat()) else { return };
    let is_taken = encoding::takes_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]));
    let weight = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse::<f32>().ok());
    assert_eq!(is_taken, weight.is_some_and(|weight| weight > 0.0 && weight <= 1.0), "{weight:?}");
}
