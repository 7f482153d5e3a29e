//! Fields whose value is a list.

use axum::http::header::ToStrError;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The lines of a field as one list (RFC 9110 section 5.3), empty where there is no line. An error if one is no text.
pub(super) fn list_field(headers: &HeaderMap, name: &HeaderName) -> Result<String, ToStrError> {
    let lines: Vec<_> = headers.get_all(name).iter().map(HeaderValue::to_str).collect::<Result<_, _>>()?;
    Ok(lines.join(","))
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
            assert_eq!(list_field(&headers(lines), &ACCEPT).unwrap(), expected);
            assert_eq!(list_field(&headers(lines), &IF_MATCH).unwrap(), "");
        }
    }

    #[test]
    fn one_line_that_is_no_text_spoils_all() {
        assert!(list_field(&headers(&[b"a", b"\xff"]), &ACCEPT).is_err());
    }
}
