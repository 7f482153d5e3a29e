//! The ports, implemented over what Spin gives a component. Nothing else knows Spin or SQL.

mod columns;
mod postgres;
mod sqlite;
mod system;
mod variables;

pub use postgres::PostgresStore;
pub use sqlite::{SqliteMetricStore, SqliteStore};
pub use system::SpinSystem;
pub use variables::SpinVariables;
