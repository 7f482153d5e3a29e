//! What the API needs from outside, as traits. The adapters implement them.

mod store;
mod system;
mod variables;

pub use store::{Put, Store, StoreError};
pub use system::System;
pub use variables::{VariableError, Variables};
