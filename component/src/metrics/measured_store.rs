//! A store that measures another one.

use std::sync::Arc;

use async_trait::async_trait;

use super::Recorder;
use crate::domain::{Entry, Precondition, Revision, Transfer, TransferId, UserName, Versioned};
use crate::ports::{Answer, Put, Store, StoreError, System, Totals, TransferOrder, Transfers, Users};

/// Passes every operation on, and records how long it took and whether it failed.
pub struct MeasuredStore {
    /// The store that does the work.
    pub inner: Arc<dyn Store>,
    /// Where operations are recorded.
    pub recorder: Arc<Recorder>,
    /// The clock.
    pub system: Arc<dyn System>,
}

impl MeasuredStore {
    async fn measure<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let began = self.system.elapsed();
        let result = work.await;
        let duration = self.system.elapsed().saturating_sub(began);
        self.recorder.store_operation(operation, duration, result.is_err());
        result
    }
}

#[async_trait]
impl Users for MeasuredStore {
    async fn get(&self, user: &UserName) -> Result<Option<Versioned>, StoreError> {
        self.measure("get_user", self.inner.get(user)).await
    }

    async fn list(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<Entry>, StoreError> {
        self.measure("list_users", self.inner.list(after, limit)).await
    }

    async fn create(&self, entry: &Entry, incarnation: i64) -> Result<Option<Revision>, StoreError> {
        self.measure("create_user", self.inner.create(entry, incarnation)).await
    }

    async fn put(&self, entry: &Entry, incarnation: i64, precondition: &Precondition) -> Result<Put, StoreError> {
        self.measure("put_user", self.inner.put(entry, incarnation, precondition)).await
    }

    async fn delete(&self, user: &UserName, precondition: &Precondition) -> Result<bool, StoreError> {
        self.measure("delete_user", self.inner.delete(user, precondition)).await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        self.measure("totals", self.inner.totals()).await
    }
}

#[async_trait]
impl Transfers for MeasuredStore {
    async fn carry_out(&self, order: &TransferOrder) -> Result<Answer, StoreError> {
        self.measure("transfer", self.inner.carry_out(order)).await
    }

    async fn find(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        self.measure("find_transfer", self.inner.find(id)).await
    }

    async fn history(
        &self,
        user: Option<&UserName>,
        before: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, StoreError> {
        self.measure("list_transfers", self.inner.history(user, before, limit)).await
    }
}

#[async_trait]
impl Store for MeasuredStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.measure("check", self.inner.check()).await
    }
}
