//! The harness of the black-box tests: starts the server under test, speaks to it, and knows the
//! rules that every answer keeps. It reports by panicking, as a test does.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assumption is how a test reports"
)]

mod answer;
mod client;
mod database;
mod exposition;
mod logs;
mod options;
mod postgres;
mod process;
mod prometheus;
mod raw;
pub mod repository;
mod rules;
mod server;

pub use answer::{Answer, Problem};
pub use client::{Client, Request};
pub use database::{Database, Engine, Lock, PostgresDatabase};
pub use exposition::{Exposition, Sample};
pub use logs::{Logs, record};
pub use options::{API_KEY, Options, StateDir};
pub use postgres::PostgresServer;
pub use prometheus::{Prometheus, lint};
pub use raw::Raw;
pub use server::{Refused, Server};

use std::time::Duration;

/// Bound of one request, from the first byte sent to the last byte received.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
