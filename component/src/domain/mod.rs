//! The values of this API, without HTTP, Spin or SQL.

mod tocos;
mod transfer;
mod user_name;

pub use tocos::{Entry, Tocos, Versioned};
pub use transfer::{Amount, Note, Outcome, Transfer, TransferId};
pub use user_name::UserName;
