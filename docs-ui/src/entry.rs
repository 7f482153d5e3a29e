//! Where Spin calls in.

use std::sync::Arc;

use api::adapters::{SpinSystem, SpinVariables, SqliteMetricStore};
use api::config::ServiceSettings;
use api::ports::MetricStore;
use axum::body::Body;
use axum::http::Response;
use spin_sdk::http::Request;
use spin_sdk::http_service;
use tokio::sync::OnceCell;

use crate::app::App;

/// Made by the first request of an instance.
static APP: OnceCell<App> = OnceCell::const_new();

#[http_service]
async fn handle(request: Request) -> Response<Body> {
    let app = APP.get_or_init(start).await;
    app.respond(request.map(Body::new)).await
}

async fn start() -> App {
    App::start(&SpinVariables, open_store, Arc::new(SpinSystem::new())).await
}

fn open_store(settings: &ServiceSettings) -> Arc<dyn MetricStore> {
    Arc::new(SqliteMetricStore::new(settings.seeds_file(), Arc::new(SpinSystem::new())))
}
