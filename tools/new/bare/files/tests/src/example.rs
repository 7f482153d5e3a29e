//! The resource with which tests check what every resource has in common. An API with other resources replaces it here.

use serde_json::Value;

/// Path of a list. To read it a caller needs [`READ`], to add to it [`WRITE`].
pub const LIST: &str = "/notes";
/// Template of the path of one entry, as in metrics.
pub const ENDPOINT: &str = "/notes/{id}";
/// Path of an entry of the demo data.
pub const ONE: &str = "/notes/018bcfe5-687b-7000-8000-000000000000";
/// Path of an entry that nobody has added.
pub const NONE: &str = "/notes/00000000-0000-7000-8000-000000000000";
/// Slug of the problem of such a path.
pub const NOT_FOUND: &str = "note-not-found";

pub const READ: &str = "notes:read";
pub const WRITE: &str = "notes:write";

/// Name in metrics of the statement that adds an entry, and of the one that reads one.
pub const CREATE: &str = "create_note";
pub const GET: &str = "get_note";

/// Table of the entries.
pub const TABLE: &str = "notes";
/// More requests that are counted: method, path, template and body.
pub const MORE: &[(&str, &str, &str, &str)] = &[("POST", "/notes", "/notes", r#"{"text":"planted-in-a-note"}"#)];

/// Module with tests of every kind of statement.
pub const TESTS: &str = "notes::";
/// Entries of the demo data.
pub const DEMO_ENTRIES: usize = 1;
/// Body that adds an entry, once.
pub const NEW: &str = r#"{"text":"Nina"}"#;

/// Returns the body of an entry that no other call has returned.
pub fn new() -> Value {
    serde_json::json!({ "text": format!("note {:016x}", fastrand::u64(..)) })
}
