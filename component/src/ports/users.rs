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

    /// Removes a user, whose transfers stay, if `precondition` holds. Answers `false` when it does not, or when
    /// there is no user of that name.
    async fn delete(&self, user: &UserName, precondition: &Precondition) -> Result<bool, StoreError>;

    /// How many users there are, and how many tocos they have in all.
    async fn totals(&self) -> Result<Totals, StoreError>;
}

/// Sums over all users, which the store keeps up to date, so that they cost the same however many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// How many users there are.
    pub users: i64,
    /// How many tocos they have in all: 1,025 users can have more than an `i64` holds.
    pub tocos: i128,
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
