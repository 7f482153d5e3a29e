//! Texts that all replicas share, in front of the database.

use std::time::Duration;

use async_trait::async_trait;

use super::Unavailable;

/// Values by key. The database has the truth.
///
/// Only two parties may put a value in: the only writer of a key, or a reader that took the key's lease before it read
/// the database. Every writer removes what else it finds, before it acknowledges its write. So while writers reach the
/// cache, no reader gets a value older than an acknowledged write. What a lost process leaves behind expires.
#[async_trait]
pub trait Cache: Send + Sync {
    /// Returns the value of `key`. If there is nothing, gives `token` the lease of `key` for `life`.
    async fn look_up(&self, key: &str, token: &str, life: Duration) -> Result<Found, Unavailable>;

    /// Replaces the lease of `token` by the value that its holder has read since, for `life`, or by nothing. Does nothing
    /// if the lease is gone.
    async fn fill(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), Unavailable>;

    /// Marks `key` before a write. The cache serves nothing of it and takes no value until the write ends or `life` is
    /// over.
    async fn begin_write(&self, key: &str, token: &str, life: Duration) -> Result<(), Unavailable>;

    /// Removes the mark after a write. Keeps the value that the write has left, for `life`, if no other write began or
    /// ended meanwhile; else removes what is there.
    async fn end_write(&self, key: &str, token: &str, value: Option<&str>, life: Duration) -> Result<(), Unavailable>;
}

/// What a cache has for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Value(String),
    /// Nothing; the caller now has the lease.
    Leased,
    /// Nothing; another reader has the lease, or a writer the mark.
    Busy,
}
