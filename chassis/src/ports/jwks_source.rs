//! Where an issuer publishes its keys.

use async_trait::async_trait;
use thiserror::Error;

/// Fetches sets of keys.
#[async_trait]
pub trait JwksSource: Send + Sync {
    /// What is at `url`, unread. It has a bound in time and in length.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, JwksSourceError>;
}

/// There is no answer, or not a good one; the text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct JwksSourceError(pub String);
