//! Paths that no gateway of this repository exposes to the internet. Prometheus and probes reach each copy of the
//! API directly; `/health` is for everybody.

/// Paths of the API: how much it is used, and which of its checks fail.
pub const PATHS: [&str; 2] = ["/metrics", "/readiness"];

/// The start of Spin's own paths, which tell what runs here.
pub const PREFIX: &str = "/.well-known/spin";
