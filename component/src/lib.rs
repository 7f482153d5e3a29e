//! The API that you own: who has how many tocos, and who gave some to whom.
//!
//! Reading order: [`api`] puts the parts together, [`routes`] is the whole API on one screen, [`store`] keeps its data.
//! The chassis has the rest.

pub mod api;
pub mod description;
pub mod domain;
pub mod error;
pub mod metrics;
pub mod routes;
pub mod scopes;
pub mod settings;
pub mod store;

#[cfg(target_family = "wasm")]
chassis::serve!(chassis::adapters::start::<api::ThisApi>);
