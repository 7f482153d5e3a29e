//! Where users and their tocos are kept.

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::{Entry, Tocos, UserName};

/// A store of users and their tocos.
///
/// Every write is atomic and, once acknowledged, survives the loss of this process. Several
/// instances of the component use one store at the same time, and several requests one value of
/// this type.
#[async_trait]
pub trait Store: Send + Sync {
    /// The entry of `user`, or `None` when there is no such user.
    async fn get(&self, user: &UserName) -> Result<Option<Entry>, StoreError>;

    /// At most `limit` entries with names after `after`, in the order of the names' bytes.
    async fn list(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// Adds a user. Answers `false`, and changes nothing, when the user exists.
    async fn create(&self, entry: &Entry) -> Result<bool, StoreError>;

    /// Sets the tocos of a user, and adds the user when there is none of that name.
    async fn put(&self, user: &UserName, tocos: Tocos) -> Result<Put, StoreError>;

    /// Removes a user. Answers `false` when there is none of that name.
    async fn delete(&self, user: &UserName) -> Result<bool, StoreError>;

    /// Asks the database for as little as shows that it answers with the schema in place.
    async fn check(&self) -> Result<(), StoreError>;
}

/// What [`Store::put`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The user is new.
    Created,
    /// The user was there before.
    Replaced,
}

/// Why a store could not do what it was asked for. The texts are for the log, not for a client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The database can't be reached, is locked or full: trying again later may help.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// The database answered with something that this version doesn't expect.
    #[error("store failed: {0}")]
    Internal(String),
}
