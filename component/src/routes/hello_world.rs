//! `GET /hello_world`.

use axum::Json;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct HelloWorld {
    message: &'static str,
}

/// Greets the world.
pub(super) async fn get() -> Json<HelloWorld> {
    Json(HelloWorld { message: "Hello World!" })
}
