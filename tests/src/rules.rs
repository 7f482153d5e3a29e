//! Rules for every response of the API.

use crate::{Answer, PROBLEM_TYPE};

pub(crate) fn assert_kept(answer: &Answer) {
    let body = String::from_utf8_lossy(&answer.body);
    let about = format!("{} {:?} {body}", answer.status, answer.headers);

    let request_id = answer.header("X-Request-Id").unwrap_or_default();
    assert!(is_sane(request_id), "X-Request-Id of {about}");
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{about}");
    // A client may store only the files of the documentation, and only they have weak tags.
    let is_file = answer.header("ETag").is_some_and(|tag| tag.starts_with("W/"));
    let caching: &[&str] = if is_file { &["no-cache", "public, max-age=31536000, immutable"] } else { &["no-store"] };
    assert!(caching.contains(&answer.header("Cache-Control").unwrap_or_default()), "{about}");
    assert_eq!(answer.header("Transfer-Encoding"), None, "{about}");

    let length = answer.header("Content-Length");
    if [204, 304].contains(&answer.status) {
        assert_eq!(length, None, "{about}");
        assert!(answer.body.is_empty(), "{about}");
        assert_eq!(answer.header("Content-Type"), None, "{about}");
    } else {
        let length: Option<usize> = length.and_then(|length| length.parse().ok());
        assert!(length.is_some(), "Content-Length of {about}");
        // A response to HEAD has no body.
        assert!(answer.body.is_empty() || length == Some(answer.body.len()), "{about}");
        assert!(length == Some(0) || answer.header("Content-Type").is_some(), "{about}");
    }
    // The detail of a bad setting names its choices.
    let names_settings = body.contains(&format!("{PROBLEM_TYPE}misconfigured")) || body.contains("\"checks\"");
    if answer.status >= 400 && !names_settings {
        assert_internals_hidden(&body, &about);
    }
}

/// 1 to 128 of ASCII letters, digits, `.`, `_`, `-`.
fn is_sane(request_id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&request_id.len()) && request_id.bytes().all(allowed)
}

fn assert_internals_hidden(body: &str, about: &str) {
    let words =
        ["sqlite", "postgres", "SELECT", "INSERT", "relation", "src/", ".rs:", "panicked", "Error::", "spin_sdk"];
    for word in words {
        assert!(!body.contains(word), "{word} in the body of {about}");
    }
}
