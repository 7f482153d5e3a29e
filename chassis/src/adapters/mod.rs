//! The ports over Spin, and the conversions of requests and responses. Nothing else knows Spin or SQL.

mod exchange;
mod jwks;
mod key_value;
mod pending_bodies;
mod postgres;
mod redis;
mod serve;
mod sqlite;
mod system;
mod variables;

use exchange::{from_host, into_host};
use jwks::HttpJwksSource;
use key_value::SpinKeyValue;
use pending_bodies::PendingBodies;
pub use postgres::{DemoData, PostgresDatabase, PostgresMigrations};
use redis::{RedisCache, RedisClient, RedisRateLimiter};
pub use serve::{handle, spin_sdk, start};
pub use sqlite::{SqliteDatabase, SqliteMigrations};
use sqlite::{SqliteMetricStore, SqliteRateLimiter};
pub use system::SpinSystem;
pub use variables::SpinVariables;
