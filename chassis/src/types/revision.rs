//! Which state of a user somebody has seen.

use std::fmt;

/// The state of a user: who it is, and how often it was written.
///
/// `incarnation` is drawn at random when a user is added, so that a user who was removed and added
/// again never looks like the one before; `count` goes up by one with every write, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Which user of this name.
    pub incarnation: i64,
    /// How many writes it has seen.
    pub count: i64,
}

/// The opaque part of an entity tag (RFC 9110 section 8.8.3), without its quotes.
impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:x}.{}", self.incarnation, self.count)
    }
}

impl Revision {
    /// Reads what [`fmt::Display`] wrote; anything else is no revision of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (incarnation, count) = text.split_once('.')?;
        let revision = Self { incarnation: i64::from_str_radix(incarnation, 16).ok()?, count: count.parse().ok()? };
        (revision.to_string() == text).then_some(revision)
    }
}

/// What must hold for a write to go ahead (RFC 9110 section 13.1): which states of the user it may find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    /// Whether there may be no such user.
    pub may_be_absent: bool,
    /// In which states the user may be, if there is one.
    pub states: States,
}

/// A set of states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum States {
    /// These.
    OneOf(Vec<Revision>),
    /// All but these.
    NoneOf(Vec<Revision>),
}

impl Precondition {
    /// The one of a request without conditions.
    pub fn none() -> Self {
        Self { may_be_absent: true, states: States::NoneOf(Vec::new()) }
    }
}

impl States {
    /// The revisions, and whether they are the set itself or what is not in it.
    pub fn as_list(&self) -> (&[Revision], bool) {
        match self {
            Self::OneOf(revisions) => (revisions, true),
            Self::NoneOf(revisions) => (revisions, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_read_as_it_was_written() {
        for (incarnation, count) in [(1, 1), (i64::MAX, i64::MAX), (0xabc, 7)] {
            let revision = Revision { incarnation, count };
            assert_eq!(Revision::parse(&revision.to_string()), Some(revision));
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", ".", "1", "1.", ".1", "x.1", "1.x", "01.1", "1.01", "1.1.1", "AB.1", "+1.1"] {
            assert_eq!(Revision::parse(text), None, "{text}");
        }
    }
}
