use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use derive_more::Deref;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::InvalidValue;

/// How long the outcome of a key is kept: a day, so that a client can retry after an outage of a night.
pub const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The value of `Idempotency-Key`: 1 to [`IdempotencyKey::MAX_LENGTH`] visible ASCII characters.
#[derive(Clone, Debug, Deref, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Maximum length, in characters: room for two UUIDs and a path, and short enough for an index.
    pub const MAX_LENGTH: usize = 255;

    const INVALID: InvalidValue = InvalidValue("must be 1 to 255 visible characters");

    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let is_valid = (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_valid { Ok(Self(text.to_owned())) } else { Err(Self::INVALID) }
    }
}

/// Returns a digest of the parsed values of a request, so that the spelling of its JSON does not matter.
pub fn fingerprint(request: &impl Serialize) -> String {
    // A value that a handler deserialized also serializes.
    URL_SAFE_NO_PAD.encode(Sha256::digest(serde_json::to_vec(request).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_differ_have_other_fingerprints() {
        let fingerprints = [("a", "b", 1), ("a", "b", 2), ("ab", "", 1)].map(|request| fingerprint(&request));
        assert_eq!(fingerprints[0], fingerprint(&("a", "b", 1)));
        assert_ne!(fingerprints[0], fingerprints[1]);
        assert_ne!(fingerprints[0], fingerprints[2]);
    }

    #[test]
    fn bounds_hold_on_both_sides() {
        let longest = "k".repeat(IdempotencyKey::MAX_LENGTH);
        for key in ["k", "!~", "01890a5d-ac96-774b-bcce-b302099a8057", longest.as_str()] {
            assert_eq!(IdempotencyKey::parse(key).unwrap().as_str(), key);
        }
        for key in ["", " ", "a b", "a\t", "é", (longest.clone() + "k").as_str()] {
            assert_eq!(IdempotencyKey::parse(key), Err(IdempotencyKey::INVALID), "{key:?}");
        }
    }
}
