//! The pages of the API's documentation, Swagger UI and ReDoc, and the document that they show.
//!
//! All of it is made ahead: `build.rs` compresses and names the files, and [`files`] has them. The
//! envelope around each request, the log and the counts are the API's own.

#[cfg(target_family = "wasm")]
mod entry;

pub mod app;
pub mod routes;

pub mod answer;
pub mod content;
pub mod encoding;
pub mod files;
