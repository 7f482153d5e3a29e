//! What the fuzz targets have in common.

pub mod values;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use futures_util::FutureExt;

/// Headers of one name, a value from each line of `text`; none if a line can't be one.
pub fn headers(name: &'static str, text: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(line).ok()?);
    }
    Some(headers)
}

/// Takes the first line off, without its end.
pub fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[]),
    }
}

/// Runs what never has to wait.
///
/// # Panics
/// If it waits.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let Some(output) = future.now_or_never() else { panic!("waits for something") };
    output
}
