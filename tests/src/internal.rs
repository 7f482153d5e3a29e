//! Paths that no gateway of this repository exposes to the internet. Prometheus and probes reach each replica directly.
//! `/health` is public.

/// Paths of the API that reveal its usage and its failing checks.
pub const PATHS: [&str; 2] = ["/metrics", "/readiness"];

/// Prefix of Spin's own paths, which reveal the application and its version.
pub const PREFIX: &str = "/.well-known/spin";
