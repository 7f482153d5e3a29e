//! Counts: gathered by an instance, stored by its pod, and exposed to Prometheus.

mod catalogue;
mod exposition;
mod pending;
mod recorder;

pub use catalogue::{Credential, Family, Kind, series};
pub use exposition::{Format, Gauge, Scrape, expose};
pub use pending::RequestSample;
pub use recorder::{Measured, MetricsSettings, Recorder};
