//! The parts of the description that concern the whole API.

pub const TEXT: &str = "Who has how many tocos, and who gave some to whom. \
    Every error is a problem document (RFC 9457) of a stable `type`. \
    Every resource evaluates `If-Match` and `If-None-Match` (RFC 9110 section 13); \
    one without an `ETag` exists, and matches `*` alone.";

/// Groups of operations, with their descriptions.
pub const TAGS: &[(&str, &str)] = &[
    ("greetings", "The smallest routes that need a key."),
    ("tocos", "Who has how many tocos."),
    ("transfers", "Tocos that go from one user to another."),
];
