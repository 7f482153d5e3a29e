//! What the description says of this API as a whole.

pub const TEXT: &str = "Notes, as an example of a resource. \
    Every error is a problem document (RFC 9457) of a stable `type`. \
    Every resource evaluates `If-Match` and `If-None-Match` (RFC 9110 section 13); \
    one without an `ETag` exists, and matches `*` alone.";

/// Groups of operations, and what they are for.
pub const TAGS: &[(&str, &str)] =
    &[("greetings", "The smallest routes that need a key."), ("notes", "Short texts that callers keep here.")];
