use chassis::types::{InvalidValue, is_plain};
use derive_more::{Deref, Display};
use serde::{Deserialize, Serialize};

/// A plain text ([`is_plain`]), but not `.` or `..`: clients remove such segments from a path (RFC 3986 section 5.2.4).
#[derive(Clone, Debug, Deref, Display, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct UserName(String);

impl UserName {
    /// In characters: one label of the DNS has 63, an e-mail's local part 64.
    pub const MAX_LENGTH: usize = 64;

    const INVALID: InvalidValue =
        InvalidValue("must be 1 to 64 characters of letters, digits, '.', '_' or '-', and not '.' or '..'");

    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let name = Self::try_from(text.into())?;
        if matches!(name.as_str(), "." | "..") { Err(Self::INVALID) } else { Ok(name) }
    }
}

/// Accepts `.` and `..` too, which releases up to 0.1.0 have stored.
impl TryFrom<String> for UserName {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        if is_plain(&text, Self::MAX_LENGTH) { Ok(Self(text)) } else { Err(Self::INVALID) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_is_in_bounds() {
        for name in ["J", "John", "a.b_c-9", "...", ".a", "a.", &"x".repeat(UserName::MAX_LENGTH)] {
            assert_eq!(UserName::parse(name).unwrap().as_str(), name);
            assert_eq!(UserName::try_from(name.to_owned()).unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_what_is_not() {
        let too_long = "x".repeat(UserName::MAX_LENGTH + 1);
        for name in ["", "a b", "a/b", "é", "a\n", "a%", too_long.as_str()] {
            assert_eq!(UserName::parse(name), Err(UserName::INVALID), "{name:?}");
            assert_eq!(UserName::try_from(name.to_owned()), Err(UserName::INVALID), "{name:?}");
        }
    }

    #[test]
    fn dot_segments_are_no_new_names_and_readable_old_ones() {
        for name in [".", ".."] {
            assert_eq!(UserName::parse(name), Err(UserName::INVALID), "{name:?}");
            assert_eq!(UserName::try_from(name.to_owned()).unwrap().as_str(), name);
        }
    }
}
