//! mini-api: an HTTP API in one WebAssembly component, served by Spin.
//!
//! Reading order: [`entry`] is where Spin calls in, [`app`] puts the parts together, [`routes`] is
//! the whole API on one screen. Dependencies point one way, from the top of this list to its end;
//! the adapters implement the ports, and nothing but the entry knows the adapters.

#[cfg(all(target_family = "wasm", feature = "entry"))]
mod entry;

pub mod adapters;
pub mod app;
pub mod routes;

pub mod http;

pub mod cache;
pub mod config;
pub mod metrics;
pub mod settings;
pub mod tokens;

pub mod log;
pub mod ports;

pub mod domain;
