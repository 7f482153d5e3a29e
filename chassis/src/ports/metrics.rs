//! Where counts are kept for longer than an instance lives.

use async_trait::async_trait;

use super::StoreError;

/// What all instances of one pod have counted. It lives as long as the pod's state directory does,
/// so that what Prometheus scrapes from a pod is the truth about that pod.
#[async_trait]
pub trait MetricStore: Send + Sync {
    /// Makes ready what the first [`add`](Self::add) would have to make ready, so that no answer waits for it.
    /// What fails is tried again by then.
    async fn prepare(&self);

    /// Adds to what is kept, all or nothing.
    async fn add(&self, deltas: &[Delta]) -> Result<(), StoreError>;

    /// Everything that is kept, in the order of the series.
    async fn read(&self) -> Result<Vec<Delta>, StoreError>;
}

/// A number, kept or to be added.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Delta {
    /// The family's name with the labels, as in the text that Prometheus reads.
    pub series: String,
    /// Which number of the series: 0 for a counter, a bucket or the sum for a histogram.
    pub part: i64,
    /// The number.
    pub value: f64,
}
