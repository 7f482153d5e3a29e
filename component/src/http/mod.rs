//! HTTP as this API speaks it: errors as RFC 9457 problems, bodies, negotiation, authentication.

mod accept;
mod authenticate;
mod body;
mod conditional;
mod envelope;
mod error;
mod idempotency;
mod page;
mod path;
mod problem;
mod query;

pub use accept::prefers_html;
pub use authenticate::{Caller, authenticate};
pub use body::{JsonBody, MAX_BODY_BYTES};
pub use conditional::{etag, is_not_modified, precondition};
pub use envelope::envelop;
pub use error::{ApiError, FieldError};
pub use idempotency::{idempotency_key, mark_as_replayed};
pub use page::{DEFAULT_LIMIT, MAX_LIMIT, PageRequest, page};
pub use path::UserPath;
pub use query::Query;
