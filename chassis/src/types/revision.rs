use derive_more::Display;
use serde::{Deserialize, Serialize};

/// Version of a resource. Its text is an entity tag without the quotes (RFC 9110 section 8.8.3); SQL compares it too.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Deserialize, Serialize)]
#[display("{incarnation:x}.{count}")]
pub struct Revision {
    /// Drawn at random at each creation, so that a resource deleted and created again never matches an old tag.
    pub incarnation: i64,
    pub count: i64,
}

/// The states of a resource in which a write may take effect (RFC 9110 section 13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    pub may_be_absent: bool,
    /// Opaque parts of entity tags. If there is none, no revision is one of them.
    pub tags: Vec<String>,
    /// Whether the current revision must be one of `tags`, or none of them.
    pub is_one_of: bool,
}

impl Precondition {
    pub fn none() -> Self {
        Self { may_be_absent: true, tags: Vec::new(), is_one_of: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_the_statements() {
        assert_eq!(Revision { incarnation: i64::MAX, count: 17 }.to_string(), "7fffffffffffffff.17");
    }
}
