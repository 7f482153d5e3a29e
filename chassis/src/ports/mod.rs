//! What an API needs from outside, as traits. The adapters implement them.

mod cache;
mod database;
mod metrics;
mod rate_limiter;
mod spin_fields;
mod system;
mod tokens;
mod variables;

pub use cache::{Cache, Found};
pub use database::{Column, Database, FromRow, QueryResult, Row, StoreError, Value};
pub use metrics::{Delta, MetricStore};
pub use rate_limiter::{Demand, RateLimiter, RateLimiterError, Taken};
pub use spin_fields::{SPIN_CLIENT_ADDR, SPIN_FULL_URL, is_unread_spin_field};
pub use system::{MAX_STDERR_WRITE, System, lock};
pub use tokens::{Claims, JwksSource, KeyValue, TokenError, Tokens};
pub use variables::{VariableError, Variables};

/// A dependency failed. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);
