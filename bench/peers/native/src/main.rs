//! The routes of the scenarios as a native service, on SQLite: what remains of the API without a sandbox.
//! `native ADDRESS`; `API_KEY` and `DATABASE` (a file with the API's schema) are in the environment.

mod envelope;
mod problem;
mod routes;
mod store;

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use crate::envelope::Metrics;
use crate::problem::Problem;
use crate::store::Store;

/// What the handlers work with.
#[derive(Clone)]
struct AppState {
    key_digest: [u8; 32],
    store: Arc<Store>,
    metrics: Arc<Metrics>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("which address?")?;
    let state = AppState {
        key_digest: Sha256::digest(std::env::var("API_KEY")?).into(),
        store: Arc::new(Store::open(&std::env::var("DATABASE")?)?),
        metrics: Arc::new(Metrics::new()?),
    };
    let listener = tokio::net::TcpListener::bind(&address).await?;
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), router(state))
        .await?;
    Ok(())
}

fn router(state: AppState) -> Router {
    Router::new()
        .route("/tocos", get(routes::list))
        .route("/tocos/{user}", get(routes::get_user).put(routes::put_user))
        .route("/transfers", axum::routing::post(routes::transfer))
        .route("/hello_world", get(routes::hello_world))
        .route_layer(from_fn_with_state(state.clone(), routes::authenticate))
        .route("/health", get(routes::health))
        .route("/metrics", get(routes::metrics))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async || Problem::not_found())
        .layer(from_fn_with_state(state.metrics.clone(), envelope::envelope))
        .with_state(state)
}
