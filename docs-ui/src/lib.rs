//! Swagger UI, ReDoc, the OpenAPI document that they show, and the files of the API's own pages.
//!
//! `build.rs` compresses and names the files. The chassis has the envelope and the log. The component has no database and
//! no secret.

#[cfg(target_family = "wasm")]
mod app;
#[cfg(target_family = "wasm")]
chassis::serve!(app::start);

pub mod routes;

pub mod answer;
pub mod content;
pub mod encoding;
pub mod files;
