//! The resource that tests use to check behaviour common to all resources. An API with other resources replaces it
//! here.

use serde_json::Value;

/// Path of a list. To read it a caller needs [`READ`], to add to it [`WRITE`].
pub const LIST: &str = "/tocos";
/// Template of the path of one entry, as in metrics.
pub const ENDPOINT: &str = "/tocos/{user}";
/// Path of an entry of the demo data.
pub const ONE: &str = "/tocos/John";
/// Path of an entry that does not exist.
pub const NONE: &str = "/tocos/Nobody";
/// Slug of the problem that this path returns.
pub const NOT_FOUND: &str = "user-not-found";

pub const READ: &str = "tocos:read";
pub const WRITE: &str = "tocos:write";

/// Names of two statements in metrics: one adds an entry, the other reads an entry.
pub const CREATE: &str = "create_user";
pub const GET: &str = "get_user";

/// Table of the entries.
pub const TABLE: &str = "users";
/// More requests that are counted: method, path, template and body.
pub const MORE: &[(&str, &str, &str, &str)] = &[
    ("POST", "/transfers", "/transfers", r#"{"from":"Sam","to":"Cem","amount":1,"note":"planted-in-a-note"}"#),
    ("POST", "/transfers", "/transfers", r#"{"from":"Sam","to":"Cem","amount":1000000}"#),
    ("POST", "/transfers", "/transfers", r#"{"from":"Sam","to":"planted-user","amount":1}"#),
    ("POST", "/transfers", "/transfers", r#"{"from":"Sam","to":"Cem","amount":0}"#),
    ("GET", "/transfers/planted-id", "/transfers/{id}", "null"),
];

/// Module with tests of every kind of statement.
pub const TESTS: &str = "transfers::";
/// Entries of the demo data.
pub const DEMO_ENTRIES: usize = 3;
/// Body that adds an entry, once.
pub const NEW: &str = r#"{"user":"Nina","tocos":1}"#;

/// Returns the body of an entry that no other call has returned.
pub fn new() -> Value {
    serde_json::json!({ "user": format!("user-{:016x}", fastrand::u64(..)), "tocos": 1 })
}
