//! Every metric of the API, in the order in which they are told.

/// A family of series.
pub(super) struct Family {
    /// The name, without the suffixes that its kind gives to samples.
    pub(super) name: &'static str,
    /// What it means.
    pub(super) help: &'static str,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a family is, in the terms of Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only goes up; its samples end in `_total`.
    Counter,
    /// A distribution, in the buckets of [`super::histogram`].
    Histogram,
}

/// Requests, by method, endpoint and status.
pub(super) const HTTP_REQUESTS: &str = "http_requests";
/// Their durations.
pub(super) const HTTP_REQUEST_DURATION: &str = "http_request_duration_seconds";
/// Transfers, by outcome.
pub(super) const TRANSFERS: &str = "transfers";
/// Requests refused for their key, by reason.
pub(super) const AUTH_FAILURES: &str = "auth_failures";
/// Durations of the store's operations.
pub(super) const STORE_OPERATION_DURATION: &str = "store_operation_duration_seconds";
/// Operations of the store that failed.
pub(super) const STORE_ERRORS: &str = "store_errors";

/// The families that are kept by the pod.
pub(super) const FAMILIES: [Family; 6] = [
    Family {
        name: HTTP_REQUESTS,
        help: "Requests that were answered. endpoint is the route's template, or unmatched.",
        kind: Kind::Counter,
    },
    Family {
        name: HTTP_REQUEST_DURATION,
        help: "Time from the component's getting a request to its having the answer.",
        kind: Kind::Histogram,
    },
    Family { name: TRANSFERS, help: "Requests to transfer tocos, by what became of them.", kind: Kind::Counter },
    Family { name: AUTH_FAILURES, help: "Requests that were refused for their API key.", kind: Kind::Counter },
    Family {
        name: STORE_OPERATION_DURATION,
        help: "Time that the database took for an operation of the store.",
        kind: Kind::Histogram,
    },
    Family { name: STORE_ERRORS, help: "Operations of the store that the database failed.", kind: Kind::Counter },
];

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthFailure {
    /// No key was sent.
    Missing,
    /// The key is not one of the configured ones, or there were several.
    Unknown,
    /// No key is configured.
    Unconfigured,
}

impl AuthFailure {
    pub(super) fn series(self) -> &'static str {
        match self {
            Self::Missing => r#"auth_failures{reason="missing"}"#,
            Self::Unknown => r#"auth_failures{reason="unknown"}"#,
            Self::Unconfigured => r#"auth_failures{reason="unconfigured"}"#,
        }
    }
}

/// What became of a request to transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferResult {
    /// The tocos moved.
    Done,
    /// A user is unknown.
    UnknownUser,
    /// The giver has too little.
    NotEnough,
    /// The receiver has too much.
    TooMany,
    /// An answer was given again.
    Replayed,
    /// The idempotency key was used for another request, or its first request is running.
    Refused,
}

impl TransferResult {
    pub(super) fn series(self) -> &'static str {
        match self {
            Self::Done => r#"transfers{outcome="done"}"#,
            Self::UnknownUser => r#"transfers{outcome="unknown_user"}"#,
            Self::NotEnough => r#"transfers{outcome="not_enough"}"#,
            Self::TooMany => r#"transfers{outcome="too_many"}"#,
            Self::Replayed => r#"transfers{outcome="replayed"}"#,
            Self::Refused => r#"transfers{outcome="refused"}"#,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_belongs_to_its_family() {
        let transfers = [
            TransferResult::Done,
            TransferResult::UnknownUser,
            TransferResult::NotEnough,
            TransferResult::TooMany,
            TransferResult::Replayed,
            TransferResult::Refused,
        ];
        for result in transfers {
            assert!(result.series().starts_with(&format!("{TRANSFERS}{{")));
        }
        for failure in [AuthFailure::Missing, AuthFailure::Unknown, AuthFailure::Unconfigured] {
            assert!(failure.series().starts_with(&format!("{AUTH_FAILURES}{{")));
        }
    }
}
