//! Where Spin calls in.

use std::sync::Arc;

use api::adapters::{Bodies, SpinSystem, SpinVariables, SqliteMetricStore, from_host, into_host};
use api::config::ServiceSettings;
use api::ports::MetricStore;
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};
use tokio::sync::OnceCell;

use crate::app::App;

/// Made by the first request of an instance.
static APP: OnceCell<App> = OnceCell::const_new();

/// Those of this instance's answers.
static BODIES: Bodies = Bodies::new();

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let app = APP.get_or_init(start).await;
        into_host(app.respond(from_host(request)?).await, &BODIES).await
    }
}

async fn start() -> App {
    App::start(&SpinVariables, open_store, Arc::new(SpinSystem::new())).await
}

fn open_store(settings: &ServiceSettings) -> Arc<dyn MetricStore> {
    Arc::new(SqliteMetricStore::new(settings.seeds_file(), Arc::new(SpinSystem::new())))
}
