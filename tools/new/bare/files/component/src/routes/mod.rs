//! Every route of this API. The chassis adds `/`, `/health`, `/healthcheck`, `/readiness` and `/metrics`.

mod current_time;
mod hello_world;
mod notes;

use chassis::http::Access;

use crate::api::AppState;
use crate::scopes::{READ, WRITE};

/// The description's introduction.
pub const DESCRIPTION: &str = "Stores notes, an example of a resource.\n\n\
    Every error is a problem document (RFC 9457). Its `type` never changes. \
    Every resource evaluates `If-Match` and `If-None-Match` (RFC 9110 section 13). \
    For a resource without an `ETag`, only `*` matches.";

/// The tags of the routes, as the description shows them.
pub const TAGS: &[(&str, &str)] = &[
    ("greetings", "Minimal routes, to try a key."),
    // A tag for each resource.
    ("notes", "Short texts."),
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
