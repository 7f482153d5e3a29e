//! The API keys that open the protected routes.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// A set of API keys, kept as SHA-256 digests so that a key can't leave through a log or a dump.
#[derive(Clone, Default)]
pub struct ApiKeys(Vec<[u8; 32]>);

impl ApiKeys {
    /// Reads keys separated by commas. White space around a key is no part of it, and an empty
    /// entry is no key, so that a list may end in a comma.
    pub fn parse(list: &str) -> Self {
        let keys = list.split(',').map(str::trim).filter(|key| !key.is_empty());
        Self(keys.map(|key| digest(key.as_bytes())).collect())
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose key `presented` is, or `None` when it is nobody's.
    ///
    /// The time it takes depends on the length of `presented` and the number of keys, never on
    /// what they hold: digests of equal length are compared, each with every key.
    pub fn identify(&self, presented: &[u8]) -> Option<KeyFingerprint> {
        let presented = digest(presented);
        let none = Choice::from(0);
        let found: bool = self.0.iter().fold(none, |found, key| found | key.ct_eq(&presented)).into();
        found.then(|| KeyFingerprint::of(&presented))
    }
}

/// The first 64 bits of a key's digest, in hexadecimal digits: enough to tell keys apart, and of no
/// use to somebody who wants to guess one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFingerprint(String);

impl KeyFingerprint {
    fn of(digest: &[u8; 32]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *digest;
        Self(format!("{:016x}", u64::from_be_bytes([a, b, c, d, e, f, g, h])))
    }

    /// The fingerprint as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiKeys({})", self.0.len())
    }
}

fn digest(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_of_the_list_is_accepted() {
        let keys = ApiKeys::parse("first, second ,,");
        for key in ["first", "second"] {
            assert!(keys.identify(key.as_bytes()).is_some(), "{key}");
        }
        for key in ["", "firs", "first ", "First", "first,second", "third"] {
            assert_eq!(keys.identify(key.as_bytes()), None, "{key:?}");
        }
    }

    #[test]
    fn a_list_without_a_key_is_empty_and_opens_nothing() {
        for list in ["", " ", ",", " , "] {
            let keys = ApiKeys::parse(list);
            assert!(keys.is_empty(), "{list:?}");
            assert_eq!(keys.identify(b""), None, "{list:?}");
        }
    }

    #[test]
    fn a_fingerprint_tells_keys_apart_and_is_the_start_of_the_digest() {
        let keys = ApiKeys::parse("abc,second");
        let fingerprint = keys.identify(b"abc").unwrap();
        assert_eq!(fingerprint.as_str(), "ba7816bf8f01cfea");
        assert_ne!(keys.identify(b"second"), Some(fingerprint));
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", ApiKeys::parse("planted-secret"));
        assert_eq!(shown, "ApiKeys(1)");
    }
}
