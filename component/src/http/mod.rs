//! HTTP as this API speaks it: errors as RFC 9457 problems, bodies, negotiation, authentication.

mod accept;
mod authenticate;
mod body;
mod challenge;
mod conditional;
mod cors;
mod endpoint;
mod envelope;
mod error;
mod idempotency;
mod page;
mod path;
mod problem;
mod query;
mod rate_limit;
mod samples;
mod trace;
mod transport;

pub use accept::{prefers_html, prefers_openmetrics};
pub use authenticate::{Authenticator, Caller, authenticate, authorize, identify};
pub use body::{JsonBody, MAX_BODY_BYTES};
pub use conditional::{etag, is_not_modified, is_tag_known, precondition};
pub use cors::cors;
pub use endpoint::{Deadline, oversee, remember_endpoint};
pub use envelope::Envelope;
pub use error::{ApiError, FieldError};
pub use idempotency::{idempotency_key, mark_as_replayed};
pub use page::{DEFAULT_LIMIT, MAX_LIMIT, PageRequest, page};
pub use path::{TransferPath, UserPath};
pub use problem::{Document as ProblemDocument, PROBLEM_JSON};
pub use query::Query;
pub use rate_limit::{RateLimits, client_network, limit_rate};
pub use samples::{ProblemSample, problem_samples};
pub use trace::TraceContext;
pub use transport::came_over_tls;
