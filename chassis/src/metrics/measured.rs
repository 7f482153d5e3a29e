//! Measures a database.

use std::sync::Arc;

use async_trait::async_trait;

use super::Recorder;
use crate::ports::{Database, QueryResult, StoreError, System, Value};

/// Records how long every operation takes and whether it fails.
pub struct Measured<D> {
    pub database: D,
    pub recorder: Arc<Recorder>,
    pub system: Arc<dyn System>,
}

impl<D> Measured<D> {
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
impl<D: Database> Database for Measured<D> {
    async fn read(&self, operation: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult {
        self.measure(operation, self.database.read(operation, sql, parameters)).await
    }

    async fn write(&self, operation: &'static str, sql: &str, parameters: Vec<Value>) -> QueryResult {
        self.measure(operation, self.database.write(operation, sql, parameters)).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.measure("check", self.database.check()).await
    }
}
