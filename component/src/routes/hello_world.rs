use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct HelloWorld {
    #[schema(example = "Hello World!")]
    message: &'static str,
}

/// Greets the world
///
/// The smallest request that needs a key.
#[utoipa::path(
    get, path = "/hello_world", tag = "greetings",
    responses((status = 200, description = "A greeting.", body = HelloWorld)),
)]
pub(super) async fn get_hello_world() -> Json<HelloWorld> {
    Json(HelloWorld { message: "Hello World!" })
}
