//! Every route of this API. The chassis adds `/`, `/health`, `/healthcheck`, `/readiness` and `/metrics`.

mod current_time;
mod hello_world;
mod schemas;
mod tocos;
mod transfers;

use chassis::http::Access;

use crate::api::AppState;
use crate::scopes::{READ, WRITE};

pub const DESCRIPTION: &str = "Who has how many tocos, and who gave some to whom. \
    Every error is a problem document (RFC 9457) of a stable `type`. \
    Every resource evaluates `If-Match` and `If-None-Match` (RFC 9110 section 13); \
    for one without an `ETag`, only `*` matches.";

pub const TAGS: &[(&str, &str)] = &[
    ("greetings", "The smallest routes that need a key."),
    ("tocos", "Who has how many tocos."),
    ("transfers", "Tocos that go from one user to another."),
];

chassis::routes! {
    AppState;
    Access::Identified => {
        hello_world::get_hello_world,
        current_time::get_current_time,
    }
    Access::Scoped(READ) => {
        tocos::list,
        tocos::get,
        transfers::list,
        transfers::get,
    }
    Access::Scoped(WRITE) => {
        tocos::create,
        tocos::put,
        tocos::delete,
        transfers::create,
    }
}
