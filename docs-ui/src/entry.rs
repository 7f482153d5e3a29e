//! Where Spin calls in.

use std::sync::Arc;

use api::adapters::{Bodies, SpinSystem, SpinVariables, SqliteMetricStore, from_host, into_host};
use api::app::{App, AppCell};
use api::config::ServiceSettings;
use api::ports::MetricStore;
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};

use crate::app;

static APP: AppCell = AppCell::new();

/// Those of this instance's answers.
static BODIES: Bodies = Bodies::new();

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let app = APP.get(start()).await;
        into_host(app.respond(from_host(request)?).await, &BODIES).await
    }
}

async fn start() -> App {
    let system = Arc::new(SpinSystem::new());
    let open_store = |settings: &ServiceSettings| -> Arc<dyn MetricStore> {
        Arc::new(SqliteMetricStore::new(settings.seeds_file(), system.clone()))
    };
    app::start(&SpinVariables(system.clone()), open_store, system.clone()).await
}
