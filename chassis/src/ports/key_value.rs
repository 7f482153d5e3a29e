//! Where small things are kept that instances share, and that may be lost.

use async_trait::async_trait;
use thiserror::Error;

/// Values by name, for all instances of a pod at least. Each call has a bound of its own in time.
#[async_trait]
pub trait KeyValue: Send + Sync {
    /// The value of `name`, if there is one.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, KeyValueError>;

    /// Keeps a value, in place of the one that was there.
    async fn set(&self, name: &str, value: &[u8]) -> Result<(), KeyValueError>;
}

/// The store can't be used; the text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct KeyValueError(pub String);
