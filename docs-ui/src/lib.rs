//! The pages of the API's documentation, Swagger UI and ReDoc, and the document that they show.
//!
//! All of it is made ahead: `build.rs` compresses and names the files, and [`files`] has them. The
//! envelope around each request and the log are those of the chassis. It has no database and no secret.

#[cfg(target_family = "wasm")]
mod app;
#[cfg(target_family = "wasm")]
chassis::serve!(app::start);

pub mod routes;

pub mod answer;
pub mod content;
pub mod encoding;
pub mod files;
