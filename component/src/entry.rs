//! Where Spin calls in.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use spin_sdk::http::Request;
use spin_sdk::http_service;
use tokio::sync::OnceCell;

use crate::adapters::{PostgresStore, SpinSystem, SpinVariables, SqliteMetricStore, SqliteStore};
use crate::app::{App, Stores};
use crate::config::{Config, Database};

/// Made by the first request of an instance. Spin keeps an instance for at most 128 requests, 16
/// of them at a time, and drops it after one second without any.
static APP: OnceCell<App> = OnceCell::const_new();

#[http_service]
async fn handle(request: Request) -> Response<Body> {
    let app = APP.get_or_init(start).await;
    app.respond(request.map(Body::new)).await
}

async fn start() -> App {
    App::start(&SpinVariables, open_stores, Arc::new(SpinSystem::new())).await
}

fn open_stores(config: &Config) -> Stores {
    let system = Arc::new(SpinSystem::new());
    // The users are elsewhere, so there is nobody to put into the file with the counts.
    let seed_file = config.seed_demo_data && matches!(config.database, Database::Sqlite);
    Stores {
        store: match &config.database {
            Database::Sqlite => Arc::new(SqliteStore::new(seed_file, system.clone())),
            Database::Postgres(settings) => {
                Arc::new(PostgresStore::new(settings.clone(), config.seed_demo_data, system.clone()))
            }
        },
        metric_store: Arc::new(SqliteMetricStore::new(seed_file, system)),
    }
}
