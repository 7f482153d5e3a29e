//! What every replica may answer from, without the database.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

/// Values by key, beside a database that has the truth.
///
/// A value gets in by the one writer of a time, or by a reader who holds the key's lease since before
/// it asked the database; every writer takes out what it finds, at the latest before its write is
/// acknowledged. So nobody is served a value older than a write that was acknowledged, as long as
/// writers reach the cache. What a lost process leaves behind expires.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The value of `key`; where there is nothing, `token` gets its lease for `life`.
    async fn look_up(&self, key: &str, token: &str, life: Duration) -> Result<Found, CacheError>;

    /// Puts in, for `life`, what the holder of the lease has read after it got it, or gives the lease
    /// back. Does nothing if the lease is gone.
    async fn fill(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), CacheError>;

    /// Says before a write that nothing must be served or filled until it has ended, or `life` is over.
    async fn begin_write(&self, key: &str, token: &str, life: Duration) -> Result<(), CacheError>;

    /// Says after a write that it has ended. Puts in, for `life`, what it has left in the database if
    /// no other write was begun or ended in between; else takes out what is there.
    async fn end_write(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), CacheError>;
}

/// What a cache has for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This value.
    Value(String),
    /// Nothing, and who has asked may fill it.
    Leased,
    /// Nothing, and somebody else is about to write or to fill it.
    Busy,
}

/// The cache can't be used at the moment. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cache unavailable: {0}")]
pub struct CacheError(pub String);
