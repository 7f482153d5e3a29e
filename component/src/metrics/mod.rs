//! What is counted, how it is gathered by an instance, and how it is told to Prometheus.

mod catalogue;
mod exposition;
mod histogram;
mod measured_store;
mod pending;
mod recorder;

pub use catalogue::{AuthFailure, Bucket, CacheOperation, CacheResult, Credential, TransferResult, Uncounted};
pub use exposition::{Escaping, Format, Gauges, expose};
pub use measured_store::MeasuredStore;
pub use pending::RequestSample;
pub use recorder::{MetricsSettings, Recorder};
