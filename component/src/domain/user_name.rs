//! The name of a user, in bounds by construction.

use std::fmt;

use chassis::types::is_plain;
use serde::Serialize;
use thiserror::Error;

/// A user's name: 1 to [`UserName::MAX_LENGTH`] ASCII letters, digits, `.`, `_` or `-`.
///
/// The set needs no escaping in a URL path, in JSON or in a log line. `.` and `..` are no names: clients remove such
/// segments from a path (RFC 3986 section 5.2.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct UserName(String);

impl UserName {
    /// In characters: one label of the DNS has 63, an e-mail's local part 64.
    pub const MAX_LENGTH: usize = 64;

    pub fn parse(text: impl Into<String>) -> Result<Self, UserNameError> {
        let name = Self::of_store(text)?;
        if matches!(name.as_str(), "." | "..") { Err(UserNameError) } else { Ok(name) }
    }

    /// Accepts `.` and `..` too, which releases up to 0.1.0 have stored.
    pub fn of_store(text: impl Into<String>) -> Result<Self, UserNameError> {
        let text = text.into();
        if is_plain(&text, Self::MAX_LENGTH) { Ok(Self(text)) } else { Err(UserNameError) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be 1 to 64 characters of letters, digits, '.', '_' or '-', and not '.' or '..'")]
pub struct UserNameError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_is_in_bounds() {
        for name in ["J", "John", "a.b_c-9", "...", ".a", "a.", &"x".repeat(UserName::MAX_LENGTH)] {
            assert_eq!(UserName::parse(name).unwrap().as_str(), name);
            assert_eq!(UserName::of_store(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_what_is_not() {
        let too_long = "x".repeat(UserName::MAX_LENGTH + 1);
        for name in ["", "a b", "a/b", "é", "a\n", "a%", too_long.as_str()] {
            assert_eq!(UserName::parse(name), Err(UserNameError), "{name:?}");
            assert_eq!(UserName::of_store(name), Err(UserNameError), "{name:?}");
        }
    }

    #[test]
    fn dot_segments_are_no_new_names_and_readable_old_ones() {
        for name in [".", ".."] {
            assert_eq!(UserName::parse(name), Err(UserNameError), "{name:?}");
            assert_eq!(UserName::of_store(name).unwrap().as_str(), name);
        }
    }
}
