//! The harness of the black-box tests: starts the server under test, sends requests, and checks the rules for every
//! response. Like a test, it panics if a check fails.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assumption is how a test reports"
)]

mod answer;
mod client;
mod database;
mod dedicated_server;
pub mod description;
mod dns;
pub mod documentation;
pub mod example;
mod exposition;
mod http2;
pub mod internal;
mod issuer;
mod logs;
mod nginx;
pub mod open_files;
mod options;
mod postgres;
mod process;
mod prometheus;
mod raw;
mod redis;
mod registry;
pub mod repository;
mod rules;
mod server;
mod signing_key;

pub use answer::{Answer, PROBLEM_TYPE, Problem};
pub use client::{Client, Request};
pub use database::{Database, Engine, Lock, PostgresDatabase};
pub use dns::Dns;
pub use exposition::{Exposition, Sample};
pub use http2::Http2;
pub use issuer::{Issuer, Reply};
pub use logs::{Logs, record};
pub use nginx::{Nginx, ProxyClient};
pub use options::{API_KEY, Options, POOLER, StateDir};
pub use postgres::PostgresServer;
pub use prometheus::{Prometheus, lint};
pub use raw::Raw;
pub use redis::RedisServer;
pub use registry::{Registry, digest};
pub use server::{Refused, Server};
pub use signing_key::{SigningKey, base64url};

use std::time::Duration;

/// Timeout of a request, from the first byte sent to the last byte received.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
