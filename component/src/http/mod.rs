//! HTTP as this API speaks it: errors as RFC 9457 problems, bodies, negotiation, authentication.

mod accept;
mod authenticate;
mod body;
mod conditional;
mod endpoint;
mod envelope;
mod error;
mod idempotency;
mod page;
mod path;
mod problem;
mod query;
mod trace;

pub use accept::{prefers_html, prefers_openmetrics};
pub use authenticate::{Caller, authenticate};
pub use body::{JsonBody, MAX_BODY_BYTES};
pub use conditional::{etag, is_not_modified, precondition};
pub use endpoint::remember_endpoint;
pub use envelope::Envelope;
pub use error::{ApiError, FieldError};
pub use idempotency::{idempotency_key, mark_as_replayed};
pub use page::{DEFAULT_LIMIT, MAX_LIMIT, PageRequest, page};
pub use path::{TransferPath, UserPath};
pub use query::Query;
