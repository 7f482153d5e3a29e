//! The whole API at a glance. Beside these routes the chassis has `/`, `/health`, `/healthcheck`, `/readiness` and
//! `/metrics`.

mod current_time;
mod hello_world;
mod notes;

use chassis::http::Access;

use crate::api::AppState;
use crate::scopes::{READ, WRITE};

/// The description's introduction.
pub const DESCRIPTION: &str = "Notes, as an example of a resource. \
    Every error is a problem document (RFC 9457) of a stable `type`. \
    Every resource evaluates `If-Match` and `If-None-Match` (RFC 9110 section 13); \
    for one without an `ETag`, only `*` matches.";

/// The tags of the routes, as the description shows them.
pub const TAGS: &[(&str, &str)] = &[
    ("greetings", "The smallest routes that need a key."),
    // A tag for each resource.
    ("notes", "Short texts that callers keep here."),
];

chassis::routes! {
    AppState;
    Access::Identified => {
        hello_world::get_hello_world,
        current_time::get_current_time,
    }
    Access::Scoped(READ) => {
        notes::list,
        notes::get,
    }
    Access::Scoped(WRITE) => {
        notes::create,
        notes::delete,
    }
}
