//! What all routes share.

mod accept;
mod authenticate;
mod body;
mod client;
mod conditional;
mod cors;
mod credentials;
mod endpoint;
mod envelope;
mod headers;
mod integer;
mod page;
mod parameters;
mod problem;
mod problems;
mod rate_limit;
pub mod schemas;
mod trace;

pub use accept::{is_browser, metrics_format};
pub use authenticate::Authenticator;
pub use body::{JsonBody, MAX_BODY_BYTES};
pub use client::{came_over_tls, client_address, client_network, network};
pub use conditional::{Conditions, etag};
pub use cors::cors;
pub use credentials::Schemes;
pub use endpoint::{Access, Endpoint, method_not_allowed, remember_endpoint};
pub use envelope::Envelope;
pub use integer::Integer;
pub use parameters::{DEFAULT_LIMIT, MAX_LIMIT, PageRequest, Query};
pub use parameters::{idempotency_key, mark_as_replayed, page, path_parameter};
pub use problem::{Document as ProblemDocument, FieldError, PROBLEM_JSON, Problem};
pub use rate_limit::RateLimits;
pub use trace::TraceContext;

/// What a handler returns.
pub type Result<T, E = Problem> = std::result::Result<T, E>;
