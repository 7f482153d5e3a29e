//! Versions of a resource, and conditions on them.

use derive_more::Display;
use serde::Deserialize;

/// Its text is the opaque part of an entity tag (RFC 9110 section 8.8.3), without its quotes.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Deserialize)]
#[display("{incarnation:x}.{count}")]
pub struct Revision {
    /// Drawn at random when the resource is created, so that one created again never matches the one before.
    pub incarnation: i64,
    pub count: i64,
}

impl Revision {
    /// Parses exactly what [`Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (incarnation, count) = text.split_once('.')?;
        let revision = Self { incarnation: i64::from_str_radix(incarnation, 16).ok()?, count: count.parse().ok()? };
        (revision.to_string() == text).then_some(revision)
    }
}

/// The states of a resource in which a write may take effect (RFC 9110 section 13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    pub may_be_absent: bool,
    pub revisions: Vec<Revision>,
    /// Whether the current revision must be one of `revisions`, or none of them.
    pub is_one_of: bool,
}

impl Precondition {
    pub fn none() -> Self {
        Self { may_be_absent: true, revisions: Vec::new(), is_one_of: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_round_trips() {
        for (incarnation, count) in [(1, 1), (i64::MAX, i64::MAX), (0xabc, 7)] {
            let revision = Revision { incarnation, count };
            assert_eq!(Revision::parse(&revision.to_string()), Some(revision));
        }
    }

    #[test]
    fn other_texts_are_no_revision() {
        for text in ["", ".", "1", "1.", ".1", "x.1", "1.x", "01.1", "1.01", "1.1.1", "AB.1", "+1.1"] {
            assert_eq!(Revision::parse(text), None, "{text}");
        }
    }
}
