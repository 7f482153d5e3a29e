//! What is counted, how it is gathered by an instance, and how it is told to Prometheus.

mod catalogue;
mod exposition;
mod histogram;
mod measured;
mod pending;
mod recorder;

pub use catalogue::{AuthFailure, Bucket, CacheOperation, CacheResult, Credential, Family, Kind, Uncounted};
pub use exposition::{Escaping, Format, Gauge, Scrape, expose};
pub use measured::Measured;
pub use pending::RequestSample;
pub use recorder::{MetricsSettings, Recorder};
