//! HTTP as this API speaks it: errors as RFC 9457 problems, bodies, negotiation, authentication.

mod accept;
mod authenticate;
mod body;
mod envelope;
mod error;
mod page;
mod path;
mod problem;
mod query;

pub use accept::prefers_html;
pub use authenticate::authenticate;
pub use body::{JsonBody, MAX_BODY_BYTES};
pub use envelope::envelop;
pub use error::{ApiError, FieldError};
pub use page::{DEFAULT_LIMIT, MAX_LIMIT, PageRequest, next_link};
pub use path::UserPath;
pub use query::Query;
