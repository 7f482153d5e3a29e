//! The ports, implemented over what Spin gives a component. Nothing else knows Spin or SQL.

mod bodies;
mod columns;
mod exchange;
mod jwks;
mod key_value;
mod postgres;
mod redis;
mod sqlite;
mod system;
mod variables;

pub use bodies::Bodies;
pub use exchange::{from_host, into_host};
pub use jwks::HttpJwksSource;
pub use key_value::SpinKeyValue;
pub use postgres::PostgresStore;
pub use redis::{RedisCache, RedisClient, RedisRateLimiter};
pub use sqlite::{SqliteMetricStore, SqliteRateLimiter, SqliteStore};
pub use system::SpinSystem;
pub use variables::SpinVariables;
