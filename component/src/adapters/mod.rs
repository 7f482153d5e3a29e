//! The ports, implemented over what Spin gives a component. Nothing else knows Spin or SQL.

mod sqlite;
mod system;
mod variables;

pub use sqlite::SqliteStore;
pub use system::SpinSystem;
pub use variables::SpinVariables;
