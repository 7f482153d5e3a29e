//! What an API needs from outside, as traits. The adapters implement them.

mod cache;
mod database;
mod jwks_source;
mod key_value;
mod metrics;
mod rate_limiter;
mod spin_fields;
mod system;
mod tokens;
mod variables;

pub use cache::{Cache, CacheError, Found};
pub use database::{Column, Database, FromRow, Row, StoreError, Value};
pub use jwks_source::{JwksSource, JwksSourceError};
pub use key_value::{KeyValue, KeyValueError};
pub use metrics::{Delta, MetricStore};
pub use rate_limiter::{Demand, RateLimiter, RateLimiterError, Taken};
pub use spin_fields::{SPIN_CLIENT_ADDR, SPIN_FULL_URL, is_unread_spin_field};
pub use system::{MAX_STDERR_WRITE, System};
pub use tokens::{Claims, TokenError, Tokens};
pub use variables::{VariableError, Variables};
