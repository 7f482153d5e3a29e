use std::sync::Arc;

use derive_more::Display;

use super::{KeyName, fingerprint};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub identity: Identity,
    pub scopes: Scopes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    Anyone,
    /// Keys with the same name belong to one caller, for rotation. The fingerprint is the start of the key's digest.
    Key {
        name: Option<KeyName>,
        fingerprint: String,
    },
    Token {
        issuer: String,
        subject: String,
    },
}

impl Identity {
    /// Returns a text that no other identity has. It is stored with idempotency keys, so it must not change.
    pub fn id(&self) -> String {
        match self {
            Self::Anyone => String::new(),
            // No fingerprint has a colon, and no name a line break.
            Self::Key { name: Some(name), .. } => format!("name:{}", name.as_str()),
            Self::Key { name: None, fingerprint } => fingerprint.clone(),
            // The line break keeps ("a", "bc") and ("ab", "c") distinct.
            Self::Token { issuer, subject } => format!("{issuer}\n{subject}"),
        }
    }

    /// Returns the bucket of the caller's quota. A token's bucket is a digest: a subject may be long or personal data.
    pub(crate) fn bucket(&self) -> Option<String> {
        match self {
            Self::Anyone => None,
            Self::Key { .. } => Some(format!("key:{}", self.id())),
            Self::Token { .. } => Some(format!("token:{}", fingerprint(&self.id()))),
        }
    }

    pub fn name(&self) -> Option<&KeyName> {
        if let Self::Key { name, .. } = self { name.as_ref() } else { None }
    }
}

/// A permission, by its name in a token's `scope` (RFC 6749 section 3.3) and in a list of API keys.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq)]
pub struct Scope(pub &'static str);

/// A set of scopes, in the order in which the API declares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    pub fn all(known: &[Scope]) -> Self {
        Self(known.into())
    }

    /// Returns the scopes of `known` that `names` contains. Ignores unknown names.
    pub fn named<'a>(known: &[Scope], names: impl Iterator<Item = &'a str> + Clone) -> Self {
        Self(known.iter().filter(|scope| names.clone().any(|name| name == scope.0)).copied().collect())
    }

    /// Parses names separated by `+`. Returns `None` if a name is unknown.
    pub(super) fn parse(known: &[Scope], names: &str) -> Option<Self> {
        let is_known = |name: &str| known.iter().any(|scope| scope.0 == name);
        names.split('+').all(is_known).then(|| Self::named(known, names.split('+')))
    }

    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: Option<&str>, fingerprint: &str) -> Identity {
        Identity::Key { name: name.and_then(KeyName::parse), fingerprint: fingerprint.into() }
    }

    fn token(issuer: &str, subject: &str) -> Identity {
        Identity::Token { issuer: issuer.into(), subject: subject.into() }
    }

    #[test]
    fn keys_of_one_name_are_one_caller() {
        let (old, new) = (key(Some("ci"), "ba7816bf8f01cfea"), key(Some("ci"), "afe41cb9e8c5ccb4"));
        assert_eq!((old.id(), old.bucket()), (new.id(), new.bucket()));
    }

    #[test]
    fn no_identity_has_the_id_or_the_bucket_of_another() {
        let identities = [
            Identity::Anyone,
            key(None, "ba7816bf8f01cfea"),
            key(None, "afe41cb9e8c5ccb4"),
            key(Some("ci"), "ba7816bf8f01cfea"),
            key(Some("ba7816bf8f01cfea"), "ba7816bf8f01cfea"),
            key(Some("name"), "ba7816bf8f01cfea"),
            token("name:ci", "x"),
            token("name", "ci"),
            token("ba7816bf8f01cfea", "x"),
            token("a", "b"),
            token("ab", ""),
            token("", "ab"),
        ];
        for (place, one) in identities.iter().enumerate() {
            for other in identities.iter().skip(place + 1) {
                assert_ne!(one.id(), other.id(), "{one:?} {other:?}");
                assert_ne!(one.bucket(), other.bucket(), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn ids_are_as_they_are_stored() {
        assert_eq!(key(None, "ba7816bf8f01cfea").id(), "ba7816bf8f01cfea");
        assert_eq!(key(Some("ci"), "ba7816bf8f01cfea").id(), "name:ci");
        assert_eq!(token("https://issuer.example", "sam").id(), "https://issuer.example\nsam");
    }

    const READ: Scope = Scope("things:read");
    const WRITE: Scope = Scope("things:write");
    const KNOWN: [Scope; 2] = [READ, WRITE];

    #[test]
    fn a_scope_is_found_by_its_exact_name() {
        for name in ["", "things", "things:", "THINGS:READ", "things:read ", "things:delete"] {
            assert_eq!(Scopes::named(&KNOWN, [name].into_iter()), Scopes::all(&[]), "{name:?}");
        }
        let read = Scopes::named(&KNOWN, ["other", "things:read"].into_iter());
        assert!(read.contains(READ) && !read.contains(WRITE));
    }

    #[test]
    fn the_order_of_names_does_not_matter() {
        assert_eq!(Scopes::named(&KNOWN, ["things:write", "things:read"].into_iter()), Scopes::all(&KNOWN));
    }
}
