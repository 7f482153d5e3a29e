//! Helpers that the fuzz targets share.

pub mod values;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use futures_util::FutureExt;

/// Returns headers of one name, with one value per line of `text`, or `None` if a line is not a valid value.
pub fn headers(name: &'static str, text: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(line).ok()?);
    }
    Some(headers)
}

/// Splits off the first line. Returns it without its line feed, and the rest.
pub fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[]),
    }
}

/// Runs a future that completes at its first poll.
///
/// # Panics
/// If the future does not complete.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let Some(output) = future.now_or_never() else { panic!("waits for something") };
    output
}
