//! The API that you own: who has how many tocos, and who gave some to whom. [`routes`] is the whole API on one screen.

pub mod api;
pub mod domain;
pub mod error;
pub mod metrics;
pub mod routes;
pub mod scopes;
pub mod settings;
pub mod store;

#[cfg(target_family = "wasm")]
chassis::serve!(chassis::adapters::start::<api::ThisApi>);
