//! What the API is about, without HTTP, Spin or SQL: users, their tocos, and who may ask.

mod api_key;
mod tocos;
mod user_name;

pub use api_key::ApiKeys;
pub use tocos::{Entry, Tocos, TocosError};
pub use user_name::{UserName, UserNameError};
