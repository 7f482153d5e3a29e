//! Where users and their tocos are kept.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Entry, Precondition, Revision, UserName, Versioned};

/// The users of a [`super::Store`].
#[async_trait]
pub trait Users: Send + Sync {
    /// The entry of `user`, or `None` when there is no such user.
    async fn get(&self, user: &UserName) -> Result<Option<Versioned>, StoreError>;

    /// At most `limit` entries with names after `after`, in the order of the names' bytes.
    async fn list(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// Adds a user, in the first state of `incarnation`. Answers `None`, and changes nothing, when
    /// the user exists.
    async fn create(&self, entry: &Entry, incarnation: i64) -> Result<Option<Revision>, StoreError>;

    /// Sets the tocos of a user, and adds the user when there is none of that name, if
    /// `precondition` holds.
    async fn put(&self, entry: &Entry, incarnation: i64, precondition: &Precondition) -> Result<Put, StoreError>;

    /// Removes a user, whose transfers stay. Answers `false` when there is none of that name.
    async fn delete(&self, user: &UserName) -> Result<bool, StoreError>;

    /// How many users there are, and how many tocos they have in all.
    async fn totals(&self) -> Result<(i64, i64), StoreError>;
}

/// What [`Users::put`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The user is new.
    Created(Revision),
    /// The user was there before.
    Replaced(Revision),
    /// Nothing: the precondition did not hold.
    PreconditionFailed,
}
