//! Value types that enforce their bounds, without HTTP, Spin or SQL.

mod api_key;
mod caller;
mod idempotency;
mod rate_limit;
mod revision;
mod timestamp;

pub use api_key::{ApiKeys, KeyName};
pub use caller::{Caller, Identity, Scope, Scopes};
pub use idempotency::{IdempotencyKey, RETENTION, fingerprint};
pub use rate_limit::{Decision, RateLimit};
pub use revision::{Precondition, Revision};
pub use timestamp::{Timestamp, uuid_v7};

/// Why a value does not fit its type, such as `must be ...`. The text never quotes the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidValue(pub &'static str);

/// Whether `text` is 1 to `longest` ASCII letters, digits, `.`, `_` or `-`, which paths, JSON and logs don't escape.
pub fn is_plain(text: &str, longest: usize) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=longest).contains(&text.len()) && text.bytes().all(is_allowed)
}
