//! What somebody who is known may do.

use std::fmt;

/// One permission, by its name in a token's `scope` (RFC 6749 section 3.3) and in a list of API keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `tocos:read`: to see users, tocos and transfers.
    TocosRead,
    /// `tocos:write`: to change them.
    TocosWrite,
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    read: bool,
    write: bool,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 2] = [Self::TocosRead, Self::TocosWrite];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TocosRead => "tocos:read",
            Self::TocosWrite => "tocos:write",
        }
    }

    /// The scope of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Scopes {
    /// Every scope there is.
    pub const ALL: Self = Self { read: true, write: true };

    /// Whether the scope is one of these.
    pub fn contains(self, scope: Scope) -> bool {
        match scope {
            Scope::TocosRead => self.read,
            Scope::TocosWrite => self.write,
        }
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::default(), |scopes, scope| match scope {
            Scope::TocosRead => Self { read: true, ..scopes },
            Scope::TocosWrite => Self { write: true, ..scopes },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_by_its_name_alone() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        for name in ["", "tocos", "tocos:", "TOCOS:READ", "tocos:read ", "tocos:delete"] {
            assert_eq!(Scope::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_set_has_what_was_put_in() {
        let scopes: Scopes = [Scope::TocosRead].into_iter().collect();
        assert!(scopes.contains(Scope::TocosRead) && !scopes.contains(Scope::TocosWrite));
        assert_eq!(Scope::ALL.into_iter().collect::<Scopes>(), Scopes::ALL);
    }
}
