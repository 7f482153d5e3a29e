//! The database, as a whole.

use async_trait::async_trait;
use thiserror::Error;

use super::{Transfers, Users};

/// A store of users, their tocos and their transfers.
///
/// Every write is atomic and, once acknowledged, survives the loss of this process and of the
/// database's. Several instances of the component use one store at the same time, and several
/// requests one value of this type.
#[async_trait]
pub trait Store: Users + Transfers {
    /// Asks the database for as little as shows that it answers with the schema in place.
    async fn check(&self) -> Result<(), StoreError>;
}

/// Why a store could not do what it was asked for. The texts are for the log, not for a client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The database can't be reached, is locked or full: trying again later may help. A write may
    /// have happened all the same.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// The database answered with something that this version doesn't expect.
    #[error("store failed: {0}")]
    Internal(String),
}
