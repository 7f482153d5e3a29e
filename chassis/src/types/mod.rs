//! Values in bounds by construction, without HTTP, Spin or SQL.

mod api_key;
mod client_address;
mod idempotency;
mod identifier;
mod plain;
mod rate_limit;
mod revision;
mod scope;
mod timestamp;

pub use api_key::{ApiKeyError, ApiKeys, KeyHolder, KeyName};
pub use client_address::{client_address, network};
pub use idempotency::{IdempotencyKey, IdempotencyKeyError, RETENTION, fingerprint};
pub use identifier::uuid_v7;
pub use plain::is_plain;
pub use rate_limit::{Decision, RateLimit, RateLimitError};
pub use revision::{Precondition, Revision, States};
pub use scope::{Scope, Scopes};
pub use timestamp::Timestamp;
