//! Every metric of the API, in the order in which they are told.

/// A family of series that is kept by the pod.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The name, without the suffixes that its kind gives to samples.
    pub name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    /// Series that are exposed from the start, so that an increase from 0 is seen and an alert can tell zero from
    /// absent.
    pub initial: &'static [&'static str],
}

/// What a family is, in the terms of Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only goes up; its samples end in `_total`.
    Counter,
    /// A distribution, in the buckets of [`super::histogram`].
    Histogram,
}

/// Requests, by method, endpoint and status.
pub(super) const HTTP_REQUESTS: &str = "http_requests";
/// Their durations.
pub(super) const HTTP_REQUEST_DURATION: &str = "http_request_duration_seconds";
/// Requests refused for their credential, by reason.
pub(super) const AUTH_FAILURES: &str = "auth_failures";
/// Requests of callers who are known, by how they are.
pub(super) const AUTHENTICATED_REQUESTS: &str = "authenticated_requests";
/// Durations of the store's operations.
pub(super) const STORE_OPERATION_DURATION: &str = "store_operation_duration_seconds";
/// Operations of the store that failed.
pub(super) const STORE_ERRORS: &str = "store_errors";

/// Requests refused for their number, by what they were counted by.
pub(super) const RATE_LIMITED: &str = "rate_limited";
/// Requests that nobody could count, by what became of them.
pub(super) const RATE_LIMITER_ERRORS: &str = "rate_limiter_errors";
/// Reads of one user, by what the cache had.
pub(super) const CACHE_READS: &str = "cache_reads";
/// Operations that the cache failed.
pub(super) const CACHE_ERRORS: &str = "cache_errors";

/// The families of the chassis.
pub(super) const FAMILIES: [Family; 10] = [
    Family {
        name: HTTP_REQUESTS,
        help: "Requests that were answered. endpoint is the route's template, or unmatched.",
        kind: Kind::Counter,
        initial: &[],
    },
    Family {
        name: HTTP_REQUEST_DURATION,
        help: "Time from the component's getting a request to its having the answer.",
        kind: Kind::Histogram,
        initial: &[],
    },
    Family {
        name: AUTH_FAILURES,
        help: "Requests that were refused for their API key or token.",
        kind: Kind::Counter,
        initial: &[],
    },
    Family {
        name: AUTHENTICATED_REQUESTS,
        help: "Requests of known callers. key is the name of an API key, or empty.",
        kind: Kind::Counter,
        initial: &[],
    },
    Family {
        name: STORE_OPERATION_DURATION,
        help: "Time that the database took for an operation of the store.",
        kind: Kind::Histogram,
        initial: &[],
    },
    Family {
        name: STORE_ERRORS,
        help: "Operations of the store that the database failed.",
        kind: Kind::Counter,
        initial: &[],
    },
    Family {
        name: RATE_LIMITED,
        help: "Requests that were refused because there were too many, of a caller or of an address.",
        kind: Kind::Counter,
        initial: &[Bucket::Caller.series(), Bucket::Address.series()],
    },
    Family {
        name: RATE_LIMITER_ERRORS,
        help: "Requests that could not be counted for the limit.",
        kind: Kind::Counter,
        initial: &[Uncounted::Passed.series(), Uncounted::Refused.series()],
    },
    Family {
        name: CACHE_READS,
        help: "Reads of one user, by what the cache had.",
        kind: Kind::Counter,
        initial: &[CacheResult::Hit.series(), CacheResult::Miss.series(), CacheResult::Bypass.series()],
    },
    Family {
        name: CACHE_ERRORS,
        help: "Operations that the cache failed.",
        kind: Kind::Counter,
        initial: &[CacheOperation::Read.series(), CacheOperation::Write.series()],
    },
];

/// How a caller is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// By an API key.
    ApiKey,
    /// By a bearer token.
    Token,
}

impl Credential {
    /// The name in metrics.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Token => "jwt",
        }
    }
}

/// Why a credential was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthFailure {
    /// No credential was sent.
    Missing,
    /// The key is not one of the configured ones, or there were several credentials.
    Unknown,
    /// The token is not good.
    Token,
    /// The caller is known, but not for this.
    Scope,
    /// No key is configured.
    Unconfigured,
}

impl AuthFailure {
    pub(super) fn series(self) -> &'static str {
        match self {
            Self::Missing => r#"auth_failures{reason="missing"}"#,
            Self::Unknown => r#"auth_failures{reason="unknown"}"#,
            Self::Token => r#"auth_failures{reason="token"}"#,
            Self::Scope => r#"auth_failures{reason="scope"}"#,
            Self::Unconfigured => r#"auth_failures{reason="unconfigured"}"#,
        }
    }
}

/// What requests are counted by for their limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// A caller who is known.
    Caller,
    /// The address of somebody who is not.
    Address,
}

impl Bucket {
    pub(super) const fn series(self) -> &'static str {
        match self {
            Self::Caller => r#"rate_limited{by="caller"}"#,
            Self::Address => r#"rate_limited{by="address"}"#,
        }
    }
}

/// What became of a request that nobody could count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncounted {
    /// `rate_limit_on_error = "open"`: it passed.
    Passed,
    /// `rate_limit_on_error = "closed"`: it was refused.
    Refused,
}

impl Uncounted {
    pub(super) const fn series(self) -> &'static str {
        match self {
            Self::Passed => r#"rate_limiter_errors{outcome="passed"}"#,
            Self::Refused => r#"rate_limiter_errors{outcome="refused"}"#,
        }
    }
}

/// What the cache had for a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheResult {
    /// The user.
    Hit,
    /// Nothing; the read has filled it.
    Miss,
    /// Nothing to serve or to fill, because of a write or of another read.
    Bypass,
}

impl CacheResult {
    pub(super) const fn series(self) -> &'static str {
        match self {
            Self::Hit => r#"cache_reads{result="hit"}"#,
            Self::Miss => r#"cache_reads{result="miss"}"#,
            Self::Bypass => r#"cache_reads{result="bypass"}"#,
        }
    }
}

/// What the cache was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheOperation {
    /// A user.
    Read,
    /// To serve a user no more.
    Write,
}

impl CacheOperation {
    pub(super) const fn series(self) -> &'static str {
        match self {
            Self::Read => r#"cache_errors{operation="read"}"#,
            Self::Write => r#"cache_errors{operation="write"}"#,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_belongs_to_its_family() {
        for failure in [
            AuthFailure::Missing,
            AuthFailure::Unknown,
            AuthFailure::Token,
            AuthFailure::Scope,
            AuthFailure::Unconfigured,
        ] {
            assert!(failure.series().starts_with(&format!("{AUTH_FAILURES}{{")));
        }
        for family in FAMILIES {
            for series in family.initial {
                assert!(series.starts_with(&format!("{}{{", family.name)), "{series}");
            }
        }
    }
}
