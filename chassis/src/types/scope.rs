//! Permissions of callers.

use std::sync::Arc;

use derive_more::Display;

/// A permission, by its name in a token's `scope` (RFC 6749 section 3.3) and in a list of API keys.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq)]
pub struct Scope(&'static str);

/// A set of an API's scopes, in the order in which the API declares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Arc<[Scope]>);

impl Scope {
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Scopes {
    pub fn all(known: &[Scope]) -> Self {
        Self(known.into())
    }

    /// Those of `known` that are named. Other names are ignored.
    pub fn named<'a>(known: &[Scope], names: impl Iterator<Item = &'a str> + Clone) -> Self {
        Self(known.iter().filter(|scope| names.clone().any(|name| name == scope.0)).copied().collect())
    }

    /// Parses names separated by `+`, which must be known.
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

    const READ: Scope = Scope::new("things:read");
    const WRITE: Scope = Scope::new("things:write");
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
