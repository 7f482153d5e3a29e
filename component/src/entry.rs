//! Where Spin calls in.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use spin_sdk::http::Request;
use spin_sdk::http_service;
use tokio::sync::OnceCell;

use crate::adapters::{PostgresStore, SpinSystem, SpinVariables, SqliteStore};
use crate::app::App;
use crate::config::{Config, Database};
use crate::ports::Store;

/// Made by the first request of an instance. Spin keeps an instance for at most 128 requests, 16
/// of them at a time, and drops it after one second without any.
static APP: OnceCell<App> = OnceCell::const_new();

#[http_service]
async fn handle(request: Request) -> Response<Body> {
    let app = APP.get_or_init(start).await;
    app.respond(request.map(Body::new)).await
}

async fn start() -> App {
    App::start(&SpinVariables, open_store, Arc::new(SpinSystem)).await
}

fn open_store(config: &Config) -> Arc<dyn Store> {
    match &config.database {
        Database::Sqlite => Arc::new(SqliteStore::new(config.seed_demo_data, Arc::new(SpinSystem))),
        Database::Postgres(settings) => Arc::new(PostgresStore::new(settings.clone(), config.seed_demo_data)),
    }
}
