//! Text that needs no escaping: not in a URL's path, in JSON, in a label of a metric, or in a log line.

/// Whether the text has 1 to `longest` characters, all of them ASCII letters, digits, `.`, `_` or `-`.
pub fn is_plain(text: &str, longest: usize) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=longest).contains(&text.len()) && text.bytes().all(is_allowed)
}
