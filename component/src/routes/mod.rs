//! Every route of this API. The chassis adds `/`, `/health`, `/healthcheck`, `/readiness` and `/metrics`.

mod current_time;
mod hello_world;
mod path;
mod schemas;
mod tocos;
mod transfers;

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
