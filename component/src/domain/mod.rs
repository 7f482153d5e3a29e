//! What the API is about, without HTTP, Spin or SQL.

mod tocos;
mod transfer;
mod user_name;

pub use tocos::{Entry, Tocos, TocosError, Versioned};
pub use transfer::{Amount, AmountError, Note, NoteError, Outcome, Transfer, TransferId};
pub use user_name::{UserName, UserNameError};
