//! Counts that outlive an instance.

use async_trait::async_trait;

use super::StoreError;

/// The counts of all instances of a pod. They live as long as the pod's state directory, so Prometheus scrapes from each
/// pod what that pod has counted.
#[async_trait]
pub trait MetricStore: Send + Sync {
    /// Prepares the first [`add`](Self::add), so that no response waits for it. `add` repeats what fails here.
    async fn prepare(&self);

    /// Adds to the stored numbers, all or nothing.
    async fn add(&self, deltas: &[Delta]) -> Result<(), StoreError>;

    /// Returns every number, in the order of the series.
    async fn read(&self) -> Result<Vec<Delta>, StoreError>;
}

/// A number, stored or to be added.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Delta {
    /// The family's name with the labels in braces, as in Prometheus's text.
    pub series: String,
    /// 0 for a counter, the number of a bucket or the sum for a histogram.
    pub part: i64,
    pub value: f64,
}
