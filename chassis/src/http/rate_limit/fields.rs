//! What an answer says of the limit: the fields of draft-ietf-httpapi-ratelimit-headers-10.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::types::{Decision, RateLimit};

/// The quota and its window (section 3 of the draft).
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is left of it, and until when (section 4).
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Adds both fields.
pub(super) fn add_fields(headers: &mut HeaderMap, limit: RateLimit, decision: Decision) {
    let policy = format!(r#""default";q={};w={}"#, limit.quota(), limit.window().as_secs());
    let state = format!(r#""default";r={};t={}"#, decision.remaining, whole_seconds(decision.reset));
    for (name, value) in [(RATELIMIT_POLICY, policy), (RATELIMIT, state)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// Rounded up, so that whoever waits has waited long enough.
pub(in crate::http) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_structured() {
        let limit = RateLimit::parse("100/60s").unwrap();
        let mut headers = HeaderMap::new();
        for (reset, expected) in [(600_000, r#""default";r=99;t=1"#), (0, r#""default";r=99;t=0"#)] {
            let reset = Duration::from_micros(reset);
            let decision = Decision { is_allowed: true, remaining: 99, reset, retry_after: Duration::ZERO };
            add_fields(&mut headers, limit, decision);
            assert_eq!(headers[RATELIMIT], expected);
        }
        assert_eq!(headers[RATELIMIT_POLICY], r#""default";q=100;w=60"#);
        assert_eq!(headers.len(), 2);
    }
}
