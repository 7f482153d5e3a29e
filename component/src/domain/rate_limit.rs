//! How often somebody may ask: the generic cell rate algorithm (GCRA).

use std::time::Duration;

use thiserror::Error;

/// At most [`RateLimit::quota`] requests at once, and as many again in each window, evenly spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    quota: u32,
    window: Duration,
}

/// What became of a request, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may pass.
    pub is_allowed: bool,
    /// How many more may pass at once.
    pub remaining: u32,
    /// Until the whole quota is there again.
    pub reset: Duration,
    /// Until one request may pass; zero if one may already.
    pub retry_after: Duration,
}

/// The text is no [`RateLimit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be like 100/60s: 1 to 1000000 requests, in 1s to 24h")]
pub struct RateLimitError;

impl RateLimit {
    /// Most requests of a window.
    pub const MAX_QUOTA: u32 = 1_000_000;

    /// Longest window.
    pub const MAX_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

    /// Takes a quota and a window of whole seconds that are in bounds.
    pub fn new(quota: u32, window: Duration) -> Result<Self, RateLimitError> {
        let is_window = (Duration::from_secs(1)..=Self::MAX_WINDOW).contains(&window) && window.subsec_nanos() == 0;
        let is_quota = (1..=Self::MAX_QUOTA).contains(&quota);
        if is_quota && is_window { Ok(Self { quota, window }) } else { Err(RateLimitError) }
    }

    /// Reads `quota/window`, such as `100/60s` or `5000/1h`.
    pub fn parse(text: &str) -> Result<Self, RateLimitError> {
        let (quota, window) = text.split_once('/').ok_or(RateLimitError)?;
        if !quota.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(RateLimitError);
        }
        let quota = quota.parse().map_err(|_| RateLimitError)?;
        Self::new(quota, humantime::parse_duration(window).map_err(|_| RateLimitError)?)
    }

    /// How many requests a window has.
    pub fn quota(self) -> u32 {
        self.quota
    }

    /// How long a window is, in whole seconds.
    pub fn window(self) -> Duration {
        self.window
    }

    /// Microseconds that one request costs.
    pub fn cost(self) -> i64 {
        // In bounds by construction: a window of a day has 86.4 billion of them.
        i64::try_from(self.window.as_micros()).unwrap_or(i64::MAX) / i64::from(self.quota)
    }

    /// Microseconds that the whole quota costs, and so what somebody may be ahead of time.
    pub fn capacity(self) -> i64 {
        self.cost() * i64::from(self.quota)
    }

    /// The decision that a store has taken in one step: from `arrival`, the theoretical arrival time
    /// after the request, and `now`, both in microseconds since 1970.
    pub fn decision(self, is_allowed: bool, arrival: i64, now: i64) -> Decision {
        let ahead = arrival.saturating_sub(now).clamp(0, self.capacity());
        let remaining = (self.capacity() - ahead) / self.cost();
        let retry_after = if remaining > 0 { 0 } else { ahead + self.cost() - self.capacity() };
        Decision {
            is_allowed,
            remaining: u32::try_from(remaining).unwrap_or(self.quota),
            reset: micros(ahead),
            retry_after: micros(retry_after),
        }
    }

    /// One request at `now`: whether it may pass, and the arrival time from then on.
    pub fn take(self, arrival: Option<i64>, now: i64) -> (bool, i64) {
        let from = arrival.unwrap_or(now).max(now);
        let next = from.saturating_add(self.cost());
        if next.saturating_sub(now) <= self.capacity() { (true, next) } else { (false, from) }
    }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000_000;

    #[test]
    fn limits_are_read_in_bounds() {
        for (text, quota, seconds) in
            [("100/60s", 100, 60), ("1/1s", 1, 1), ("1000000/24h", 1_000_000, 86_400), ("5000/1h", 5000, 3600)]
        {
            let limit = RateLimit::parse(text).unwrap();
            assert_eq!((limit.quota(), limit.window().as_secs()), (quota, seconds), "{text}");
        }
        for text in [
            "",
            "100",
            "/",
            "100/",
            "/60s",
            "0/60s",
            "1000001/60s",
            "-1/60s",
            "+1/60s",
            "1/0s",
            "1/500ms",
            "1/1500ms",
            "1/25h",
            "1/60",
            "1/60s/x",
            "a/60s",
        ] {
            assert_eq!(RateLimit::parse(text), Err(RateLimitError), "{text}");
        }
    }

    #[test]
    fn exactly_the_quota_passes_at_once() {
        for limit in ["1/1s", "3/10s", "100/60s", "700000/1s"] {
            let limit = RateLimit::parse(limit).unwrap();
            let mut arrival = None;
            for _ in 0..limit.quota() {
                let (is_allowed, next) = limit.take(arrival, NOW);
                assert!(is_allowed, "{limit:?}");
                arrival = Some(next);
            }
            assert!(!limit.take(arrival, NOW).0, "{limit:?}");
        }
    }

    #[test]
    fn a_refusal_costs_nothing_and_says_when_to_come_again() {
        let limit = RateLimit::parse("2/10s").unwrap();
        let (_, first) = limit.take(None, NOW);
        assert_eq!(limit.decision(true, first, NOW).remaining, 1);
        let (_, second) = limit.take(Some(first), NOW);
        let (is_allowed, third) = limit.take(Some(second), NOW);
        assert!(!is_allowed);
        assert_eq!(third, second);
        let decision = limit.decision(is_allowed, third, NOW);
        assert_eq!((decision.remaining, decision.retry_after.as_secs(), decision.reset.as_secs()), (0, 5, 10));
        let later = NOW + i64::try_from(decision.retry_after.as_micros()).unwrap();
        assert!(!limit.take(Some(third), later - 1).0);
        assert!(limit.take(Some(third), later).0);
    }

    #[test]
    fn after_a_rest_the_whole_quota_is_there_and_no_more() {
        let limit = RateLimit::parse("2/10s").unwrap();
        let (_, old) = limit.take(None, NOW - 3_600_000_000);
        let (_, first) = limit.take(Some(old), NOW);
        let (_, second) = limit.take(Some(first), NOW);
        assert!(!limit.take(Some(second), NOW).0);
    }
}
