//! What the API needs from outside, as traits. The adapters implement them.

mod metrics;
mod store;
mod system;
mod transfers;
mod users;
mod variables;

pub use metrics::{Delta, MetricStore};
pub use store::{Store, StoreError};
pub use system::System;
pub use transfers::{Answer, Idempotency, TransferOrder, Transfers};
pub use users::{Put, Users};
pub use variables::{VariableError, Variables};
