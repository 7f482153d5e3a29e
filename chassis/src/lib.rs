//! The part that every API of this form shares: settings, problems, keys, tokens, limits, metrics, health, and the
//! adapters to Spin. It contains no resource.
//!
//! An API implements [`Api`] and states its routes with [`routes!`]; [`serve!`] makes a component of it. A module
//! depends only on the modules that are declared below it.

#[cfg(not(feature = "spin-4-0"))]
#[doc(hidden)]
pub extern crate spin_sdk_final as spin_sdk;
#[cfg(feature = "spin-4-0")]
#[doc(hidden)]
pub extern crate spin_sdk_rc as spin_sdk;

pub mod adapters;
pub mod app;
pub mod operations;

pub mod api;
pub mod routing;

pub mod http;

pub mod cache;
pub mod config;
pub mod metrics;
pub mod tokens;

pub mod log;
pub mod ports;

pub mod types;

pub use api::{Api, Application, Chassis};
#[doc(hidden)]
pub use pastey;

/// Name of the application: in `GET /`, challenges, problem types, `application_name` and keys in Redis.
pub const SERVICE: &str = "mini-api";

/// Prefix of the type of every problem (RFC 9457 section 3.1.1).
pub const PROBLEM_TYPE_BASE: &str = "urn:mini-api:problem:";
