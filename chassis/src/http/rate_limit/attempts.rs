//! The failed attempts of addresses that an instance remembers.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::ports::lock;
use crate::types::Decision;

/// Maximum number of addresses: as many as an instance serves requests by default.
const MAX_ADDRESSES: usize = 128;

/// The last known state of each bucket, and its moment.
#[derive(Default)]
pub(super) struct Attempts(Mutex<BTreeMap<String, (Decision, Duration)>>);

impl Attempts {
    /// Returns the state of a bucket at `now`, if no attempt has failed since it was remembered.
    pub(super) fn known(&self, bucket: &str, now: Duration) -> Option<Decision> {
        lock(&self.0).get(bucket).map(|(decision, then)| decision.after(now.saturating_sub(*then)))
    }

    /// Forgets all addresses if there are too many, which costs one step of the limiter for each.
    pub(super) fn remember(&self, bucket: String, decision: Decision, now: Duration) {
        let mut known = lock(&self.0);
        if known.len() >= MAX_ADDRESSES && !known.contains_key(&bucket) {
            known.clear();
        }
        known.insert(bucket, (decision, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::RateLimit;

    fn used_up() -> Decision {
        let limit = RateLimit::parse("2/10s").unwrap();
        limit.decision(false, limit.capacity())
    }

    #[test]
    fn an_address_is_refused_until_its_retry_after_has_passed() {
        let attempts = Attempts::default();
        attempts.remember("a".into(), used_up(), Duration::from_secs(100));
        for (second, retry_after) in [(100, 5), (104, 1), (105, 0), (200, 0)] {
            let decision = attempts.known("a", Duration::from_secs(second)).unwrap();
            assert_eq!(decision.retry_after.as_secs(), retry_after, "{second}");
        }
        assert_eq!(attempts.known("b", Duration::from_secs(100)), None);
    }

    #[test]
    fn addresses_are_bounded() {
        let attempts = Attempts::default();
        let remember = |number: usize| attempts.remember(number.to_string(), used_up(), Duration::ZERO);
        (0..MAX_ADDRESSES).for_each(remember);
        remember(0);
        assert_eq!(lock(&attempts.0).len(), MAX_ADDRESSES);
        remember(MAX_ADDRESSES);
        assert_eq!(lock(&attempts.0).len(), 1, "the newest stays");
    }
}
