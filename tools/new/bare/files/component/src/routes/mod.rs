//! The whole API at a glance. Beside these routes the chassis has `/`, `/health`, `/healthcheck`, `/readiness` and
//! `/metrics`.

mod current_time;
mod hello_world;
mod notes;

use chassis::http::Access;

use crate::api::AppState;
use crate::scopes::{READ, WRITE};

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
