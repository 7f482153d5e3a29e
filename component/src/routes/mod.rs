//! Every route of this API. The chassis adds `/`, `/health`, `/healthcheck`, `/readiness` and `/metrics`.

mod current_time;
mod hello_world;
mod schemas;
mod tocos;
mod transfers;

use chassis::http::Access;

use crate::api::AppState;
use crate::scopes::{READ, WRITE};

pub const DESCRIPTION: &str = "Stores users with a balance of tocos, an imaginary unit, and transfers tocos between them.\n\n\
    Every error is a problem document (RFC 9457). Its `type` never changes. \
    Every resource evaluates `If-Match` and `If-None-Match` (RFC 9110 section 13). \
    For a resource without an `ETag`, only `*` matches.";

pub const TAGS: &[(&str, &str)] = &[
    ("greetings", "Minimal routes, to try a key."),
    ("tocos", "Users and their balances."),
    ("transfers", "Transfers of tocos between users."),
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
