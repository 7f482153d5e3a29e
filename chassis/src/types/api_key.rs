use derive_more::{Debug, Deref};
use hex::FromHex;
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::{Caller, Identity, Scope, Scopes, is_plain};

/// SHA-256 digests, so that neither a log nor a dump can show a key.
#[derive(Clone, Debug, Default)]
#[debug("ApiKeys({})", _0.len())]
pub struct ApiKeys(Vec<ApiKey>);

#[derive(Clone)]
struct ApiKey {
    digest: [u8; 32],
    caller: Caller,
}

/// Name of an API key: a plain text ([`is_plain`]) of at most [`KeyName::MAX_LENGTH`] characters.
#[derive(Clone, Debug, Deref, PartialEq, Eq)]
pub struct KeyName(String);

impl ApiKeys {
    /// Minimum length of a key outside development, in characters: 64 bits in hexadecimal digits.
    pub const MIN_LENGTH: usize = 16;

    /// Parses entries separated by commas: a key, `name:sha256-hex` or `name:sha256-hex:scope+scope`. No scope means
    /// all. Entries with the same name are keys of one caller. Errors quote only names: other text may be secret.
    pub fn parse(list: &str, known: &'static [Scope], may_be_short: bool) -> Result<Self, String> {
        let mut keys: Vec<(usize, ApiKey)> = Vec::new();
        for (place, entry) in (1..).zip(list.split(',').map(str::trim)).filter(|(_, entry)| !entry.is_empty()) {
            let key = ApiKey::parse(entry, known, may_be_short).map_err(|error| format!("{error} at place {place}"))?;
            for (first, earlier) in &keys {
                let checked = earlier.check_beside(&key);
                checked.map_err(|error| format!("{error} at places {first} and {place}"))?;
            }
            keys.push((place, key));
        }
        Ok(Self(keys.into_iter().map(|(_, key)| key).collect()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares `presented` with every key, so that the duration reveals nothing about the content of a key.
    pub fn identify(&self, presented: &[u8]) -> Option<&Caller> {
        let presented = digest(presented);
        let position = (1_u32..)
            .zip(&self.0)
            .fold(0, |found, (position, key)| u32::conditional_select(&found, &position, key.digest.ct_eq(&presented)));
        let index = usize::try_from(position).ok()?.checked_sub(1)?;
        self.0.get(index).map(|key| &key.caller)
    }
}

impl KeyName {
    pub const MAX_LENGTH: usize = 64;

    pub fn parse(text: &str) -> Option<Self> {
        is_plain(text, Self::MAX_LENGTH).then(|| Self(text.to_owned()))
    }
}

impl ApiKey {
    fn parse(entry: &str, known: &'static [Scope], may_be_short: bool) -> Result<Self, String> {
        let short = || format!("has a key of less than {} characters", ApiKeys::MIN_LENGTH);
        let (name, digest, scopes) = match entry.split_once(':') {
            None if entry.chars().count() < ApiKeys::MIN_LENGTH && !may_be_short => return Err(short()),
            None => (None, digest(entry.as_bytes()), None),
            Some((name, rest)) => {
                let (hex, scopes) = rest.split_once(':').map_or((rest, None), |(hex, scopes)| (hex, Some(scopes)));
                let named = KeyName::parse(name).zip(FromHex::from_hex(hex).ok());
                let (name, key_digest) = named.ok_or("has neither a key nor name:sha256-hex[:scope+scope]")?;
                // A script with an unset key generates the digest of the empty text, which an empty header would match.
                if key_digest == digest(b"") {
                    return Err(short());
                }
                (Some(name), key_digest, scopes)
            }
        };
        let all = || Some(Scopes::all(known));
        let scopes = scopes.map_or_else(all, |names| Scopes::parse(known, names));
        let scopes = scopes.ok_or_else(|| format!("has an unknown scope, which is neither {},", names(known)))?;
        // 64 bits distinguish keys, but don't help to guess one.
        let fingerprint = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { digest, caller: Caller { identity: Identity::Key { name, fingerprint }, scopes } })
    }

    fn check_beside(&self, other: &Self) -> Result<(), String> {
        if self.digest == other.digest {
            return Err("has the same key".into());
        }
        let (caller, other) = (&self.caller, &other.caller);
        match caller.identity.name() {
            Some(name) if other.identity.name() == Some(name) && caller.scopes != other.scopes => {
                Err(format!("has different scopes for the name {}", name.as_str()))
            }
            _ => Ok(()),
        }
    }
}

fn names(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.0).collect::<Vec<_>>().join(" nor ")
}

fn digest(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc" (FIPS 180-2, appendix B.1).
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    const READ: Scope = Scope("things:read");
    const KNOWN: [Scope; 2] = [READ, Scope("things:write")];

    const FORM: &str = "has neither a key nor name:sha256-hex[:scope+scope]";
    const SCOPE: &str = "has an unknown scope, which is neither things:read nor things:write";
    const SHORT: &str = "has a key of less than 16 characters";

    fn parse(list: &str) -> ApiKeys {
        ApiKeys::parse(list, &KNOWN, true).unwrap()
    }

    #[test]
    fn any_key_of_the_list_is_accepted() {
        let keys = parse("first, second ,,");
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
            let keys = parse(list);
            assert!(keys.is_empty(), "{list:?}");
            assert_eq!(keys.identify(b""), None, "{list:?}");
        }
    }

    #[test]
    fn a_digest_stands_for_its_key_with_a_name_and_scopes() {
        let (plain, all) = (parse("abc"), parse(&format!("ci:{ABC}")));
        let reader = parse(&format!("other, ro:{}:things:read", ABC.to_uppercase()));
        let caller = |name, scopes: &[Scope]| Caller {
            identity: Identity::Key { name: KeyName::parse(name), fingerprint: "ba7816bf8f01cfea".into() },
            scopes: Scopes::all(scopes),
        };
        assert_eq!(all.identify(b"abc"), Some(&caller("ci", &KNOWN)));
        assert_eq!(reader.identify(b"abc"), Some(&caller("ro", &[READ])));
        assert_eq!(plain.identify(b"abc"), Some(&caller("", &KNOWN)));
        assert_eq!(all.identify(ABC.as_bytes()), None, "the digest is no key");
        let both = parse(&format!("rw:{ABC}:things:read+things:write"));
        assert_eq!(both.identify(b"abc").unwrap().scopes, Scopes::all(&KNOWN));
    }

    #[test]
    fn entries_of_another_form_are_refused_by_their_place() {
        let short = &ABC[1..];
        for (list, expected) in [
            (format!("good,ci:{short}"), format!("{FORM} at place 2")),
            (format!("ci:{ABC}0"), format!("{FORM} at place 1")),
            (format!("a b:{ABC}"), format!("{FORM} at place 1")),
            (format!(":{ABC}"), format!("{FORM} at place 1")),
            ("a:b".to_owned(), format!("{FORM} at place 1")),
            (format!(",,ci:{ABC}:"), format!("{SCOPE}, at place 3")),
            (format!("ci:{ABC}:things:read,things:write"), format!("{FORM} at place 2")),
            (format!("ci:{ABC}:things:own"), format!("{SCOPE}, at place 1")),
        ] {
            assert_eq!(ApiKeys::parse(&list, &KNOWN, true).unwrap_err(), expected, "{list}");
        }
    }

    #[test]
    fn a_short_key_is_refused_where_it_may_not_be() {
        let (short, long) = ("x".repeat(ApiKeys::MIN_LENGTH - 1), "x".repeat(ApiKeys::MIN_LENGTH));
        assert_eq!(
            ApiKeys::parse(&format!("{long},{short}"), &KNOWN, false).unwrap_err(),
            format!("{SHORT} at place 2")
        );
        assert!(ApiKeys::parse(&long, &KNOWN, false).is_ok());
        assert!(ApiKeys::parse(&short, &KNOWN, true).is_ok());
        assert!(ApiKeys::parse(&format!("ci:{ABC}"), &KNOWN, false).is_ok());
    }

    #[test]
    fn the_digest_of_nothing_is_no_key() {
        let list = format!("ci:{:x}", Sha256::digest(b""));
        assert_eq!(ApiKeys::parse(&list, &KNOWN, true).unwrap_err(), format!("{SHORT} at place 1"));
        assert_eq!(
            ApiKeys::parse(&format!("a,{list}:things:read"), &KNOWN, true).unwrap_err(),
            format!("{SHORT} at place 2")
        );
    }

    #[test]
    fn a_key_is_listed_once() {
        for (list, first, second) in [
            ("same-key, same-key".to_owned(), 1, 2),
            (format!("abc,,ci:{ABC}"), 1, 3),
            (format!("other,ci:{ABC},batch:{}", ABC.to_uppercase()), 2, 3),
            (format!("ci:{ABC}:things:read,ci:{ABC}"), 1, 2),
        ] {
            let error = ApiKeys::parse(&list, &KNOWN, true).unwrap_err();
            assert_eq!(error, format!("has the same key at places {first} and {second}"), "{list}");
            assert!(!error.to_string().contains("abc") && !error.to_string().contains(ABC), "{error}");
        }
    }

    #[test]
    fn keys_of_one_name_have_the_same_scopes() {
        let other = format!("{:x}", Sha256::digest(b"other"));
        let error = ApiKeys::parse(&format!("x,ci:{ABC}:things:read,ci:{other}"), &KNOWN, true).unwrap_err();
        assert!(error.to_string().contains("for the name ci at places 2 and 3"), "{error}");
        for list in [
            format!("ci:{ABC}:things:read,ci:{other}:things:read"),
            format!("ci:{ABC},ci:{other}:things:write+things:read"),
            format!("ci:{ABC},CI:{other}:things:read"),
        ] {
            assert!(ApiKeys::parse(&list, &KNOWN, true).is_ok(), "{list}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", parse("planted-secret")), "ApiKeys(1)");
    }
}
