//! The families of the chassis, in the order in which `GET /metrics` lists them.

#[derive(Clone, Copy)]
pub struct Family {
    /// Without the suffixes of its kind.
    pub name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    /// Series to expose from the start, so that an increase from 0 is seen.
    pub initial: &'static [&'static str],
}

#[derive(Clone, Copy)]
pub enum Kind {
    Counter,
    Histogram,
}

pub(super) const HTTP_REQUESTS: &str = "http_requests";
pub(super) const HTTP_REQUEST_DURATION: &str = "http_request_duration_seconds";
pub(super) const AUTHENTICATED_REQUESTS: &str = "authenticated_requests";
pub(super) const STORE_OPERATION_DURATION: &str = "store_operation_duration_seconds";
pub(super) const STORE_ERRORS: &str = "store_errors";

/// For [`Recorder::count`](super::Recorder::count).
pub mod series {
    pub const AUTH_MISSING: &str = r#"auth_failures{reason="missing"}"#;
    /// An unknown key, or several credentials.
    pub const AUTH_UNKNOWN: &str = r#"auth_failures{reason="unknown"}"#;
    pub const AUTH_TOKEN: &str = r#"auth_failures{reason="token"}"#;
    pub const AUTH_SCOPE: &str = r#"auth_failures{reason="scope"}"#;
    pub const AUTH_UNCONFIGURED: &str = r#"auth_failures{reason="unconfigured"}"#;
    pub const CALLER_LIMITED: &str = r#"rate_limited{by="caller"}"#;
    pub const ADDRESS_LIMITED: &str = r#"rate_limited{by="address"}"#;
    pub const UNCOUNTED_PASSED: &str = r#"rate_limiter_errors{outcome="passed"}"#;
    pub const UNCOUNTED_REFUSED: &str = r#"rate_limiter_errors{outcome="refused"}"#;
    pub const CACHE_HIT: &str = r#"cache_reads{result="hit"}"#;
    pub const CACHE_MISS: &str = r#"cache_reads{result="miss"}"#;
    /// No value to serve, and none to store: a writer, another reader or another version of the API holds the key.
    pub const CACHE_BYPASS: &str = r#"cache_reads{result="bypass"}"#;
    pub const CACHE_READ_ERROR: &str = r#"cache_errors{operation="read"}"#;
    pub const CACHE_WRITE_ERROR: &str = r#"cache_errors{operation="write"}"#;
    pub const INSTANCES: &str = "instances";
}

pub(super) const FAMILIES: [Family; 11] = [
    counter(HTTP_REQUESTS, "Requests that were answered. endpoint is the route's template, or unmatched.", &[]),
    histogram(HTTP_REQUEST_DURATION, "Time from the component's getting a request to its having the answer."),
    counter("auth_failures", "Requests that were refused for their API key or token.", &[]),
    counter(AUTHENTICATED_REQUESTS, "Requests of known callers. key is the name of an API key, or empty.", &[]),
    histogram(STORE_OPERATION_DURATION, "Time that the database took for an operation of the store."),
    counter(STORE_ERRORS, "Operations of the store that the database failed.", &[]),
    counter(
        "rate_limited",
        "Requests that were refused because there were too many, of a caller or of an address.",
        &[series::CALLER_LIMITED, series::ADDRESS_LIMITED],
    ),
    counter(
        "rate_limiter_errors",
        "Requests that could not be counted for the limit.",
        &[series::UNCOUNTED_PASSED, series::UNCOUNTED_REFUSED],
    ),
    counter(
        "cache_reads",
        "Reads of one entry, by what the cache had.",
        &[series::CACHE_HIT, series::CACHE_MISS, series::CACHE_BYPASS],
    ),
    counter(
        "cache_errors",
        "Operations that the cache failed.",
        &[series::CACHE_READ_ERROR, series::CACHE_WRITE_ERROR],
    ),
    counter("instances", "Instances that the runtime started. Few if it reuses them.", &[series::INSTANCES]),
];

const fn counter(name: &'static str, help: &'static str, initial: &'static [&'static str]) -> Family {
    Family { name, help, kind: Kind::Counter, initial }
}

const fn histogram(name: &'static str, help: &'static str) -> Family {
    Family { name, help, kind: Kind::Histogram, initial: &[] }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    ApiKey,
    Token,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_initial_series_belongs_to_its_family() {
        for family in FAMILIES {
            for series in family.initial {
                let labels = series.strip_prefix(family.name);
                assert!(labels.is_some_and(|labels| labels.is_empty() || labels.starts_with('{')), "{series}");
            }
        }
    }
}
