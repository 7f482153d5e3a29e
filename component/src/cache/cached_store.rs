//! A store whose users may be served from a cache.

use std::sync::Arc;

use async_trait::async_trait;

use super::entry::{decode, encode};
use super::read_through::ReadThrough;
use crate::domain::{Entry, Precondition, Revision, Transfer, TransferId, UserName, Versioned};
use crate::ports::{Answer, Put, Store, StoreError, Totals, TransferOrder, Transfers, Users};

/// Reads single users through the cache, and marks them there while a write changes them. Everything else goes to the
/// inner store.
pub struct CachedStore {
    /// The store that has the truth.
    pub inner: Arc<dyn Store>,
    /// The cache of its users, by name.
    pub cache: ReadThrough,
}

#[async_trait]
impl Users for CachedStore {
    async fn get(&self, user: &UserName) -> Result<Option<Versioned>, StoreError> {
        self.cache.read(user.as_str(), self.inner.get(user), |text| decode(user, text), encode).await
    }

    async fn list(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<Entry>, StoreError> {
        self.inner.list(after, limit).await
    }

    async fn create(&self, entry: &Entry, incarnation: i64) -> Result<Option<Revision>, StoreError> {
        let left = |revision: &Option<Revision>| revision.map(|revision| text(entry, revision));
        self.cache.write(&[entry.user.as_str()], self.inner.create(entry, incarnation), left).await
    }

    async fn put(&self, entry: &Entry, incarnation: i64, precondition: &Precondition) -> Result<Put, StoreError> {
        let left = |put: &Put| match put {
            Put::Created(revision) | Put::Replaced(revision) => Some(text(entry, *revision)),
            Put::PreconditionFailed => None,
        };
        self.cache.write(&[entry.user.as_str()], self.inner.put(entry, incarnation, precondition), left).await
    }

    async fn delete(&self, user: &UserName, precondition: &Precondition) -> Result<bool, StoreError> {
        self.cache.write(&[user.as_str()], self.inner.delete(user, precondition), |_| None).await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        self.inner.totals().await
    }
}

#[async_trait]
impl Transfers for CachedStore {
    /// The next read of either user caches the new balance.
    async fn carry_out(&self, order: &TransferOrder) -> Result<Answer, StoreError> {
        let users = [order.from.as_str(), order.to.as_str()];
        self.cache.write(&users, self.inner.carry_out(order), |_| None).await
    }

    async fn find(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        self.inner.find(id).await
    }

    async fn history(
        &self,
        user: Option<&UserName>,
        before: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, StoreError> {
        self.inner.history(user, before, limit).await
    }
}

#[async_trait]
impl Store for CachedStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.inner.check().await
    }
}

fn text(entry: &Entry, revision: Revision) -> String {
    encode(&Versioned { entry: entry.clone(), revision })
}
