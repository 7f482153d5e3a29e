//! What an API needs from outside, as traits. The adapters implement them.

mod database;
mod state;
mod system;
mod tokens;

pub use database::{Database, QueryResult, Row, StoreError, StoreResult, Value};
pub use state::{Breaker, Cache, Delta, Demand, MetricStore, RateLimiter, Taken};
pub use system::{MAX_STDERR_WRITE, SPIN_CLIENT_ADDR, SPIN_FULL_URL, is_unread_spin_field};
pub use system::{System, Variables, lock};
pub use tokens::{Claims, JwksSource, KeyValue, TokenError, Tokens};

/// A dependency failed. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);
