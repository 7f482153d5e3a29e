//! Quotas, by the generic cell rate algorithm (GCRA).

use std::time::Duration;

use super::InvalidValue;

/// Allows `quota` requests at once, and replenishes them evenly over each `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    quota: u32,
    window: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub is_allowed: bool,
    pub remaining: u32,
    /// Time until the whole quota is available again.
    pub reset: Duration,
    /// Time until the bucket allows a request.
    pub retry_after: Duration,
}

impl RateLimit {
    pub const MAX_QUOTA: u32 = 1_000_000;
    pub const MAX_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

    const INVALID: InvalidValue = InvalidValue("must be like 100/60s: 1 to 1000000 requests, in 1s to 24h");

    pub fn new(quota: u32, window: Duration) -> Result<Self, InvalidValue> {
        let is_window = (Duration::from_secs(1)..=Self::MAX_WINDOW).contains(&window) && window.subsec_nanos() == 0;
        let is_quota = (1..=Self::MAX_QUOTA).contains(&quota);
        if is_quota && is_window { Ok(Self { quota, window }) } else { Err(Self::INVALID) }
    }

    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let (quota, window) = text.split_once('/').ok_or(Self::INVALID)?;
        let quota = quota.parse().ok().filter(|_| !quota.starts_with('+')).ok_or(Self::INVALID)?;
        Self::new(quota, humantime::parse_duration(window).map_err(|_| Self::INVALID)?)
    }

    pub fn quota(self) -> u32 {
        self.quota
    }

    pub fn window(self) -> Duration {
        self.window
    }

    /// The emission interval of GCRA, in nanoseconds: at least 1000, so rounding it down changes it by less than 0.1 %.
    pub fn cost(self) -> i64 {
        i64::try_from(self.window.as_nanos()).unwrap_or(i64::MAX) / i64::from(self.quota)
    }

    /// The largest backlog, in nanoseconds: one window at most.
    pub fn capacity(self) -> i64 {
        self.cost() * i64::from(self.quota)
    }

    pub fn decision(self, is_allowed: bool, backlog: i64) -> Decision {
        let backlog = backlog.clamp(0, self.capacity());
        let remaining = (self.capacity() - backlog) / self.cost();
        let retry_after = if remaining > 0 { 0 } else { backlog + self.cost() - self.capacity() };
        let nanoseconds = |number: i64| Duration::from_nanos(u64::try_from(number).unwrap_or_default());
        Decision {
            is_allowed,
            remaining: u32::try_from(remaining).unwrap_or(self.quota),
            reset: nanoseconds(backlog),
            retry_after: nanoseconds(retry_after),
        }
    }

    /// Takes up to `count` requests, as the limiters do in SQL and Lua. Returns how many passed, and the backlog after
    /// them. A backlog above the capacity, left by another limit or clock, counts as the capacity.
    pub fn take(self, backlog: i64, count: u32) -> (u32, i64) {
        let backlog = backlog.clamp(0, self.capacity());
        let passed = i64::from(count).min((self.capacity() - backlog) / self.cost());
        (u32::try_from(passed).unwrap_or(count), backlog + passed * self.cost())
    }
}

impl Decision {
    /// Returns the state of the same bucket after `elapsed` without a request.
    pub fn after(self, elapsed: Duration) -> Self {
        let (reset, retry_after) = (self.reset.saturating_sub(elapsed), self.retry_after.saturating_sub(elapsed));
        Self { reset, retry_after, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

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
            assert_eq!(RateLimit::parse(text), Err(RateLimit::INVALID), "{text}");
        }
    }

    #[test]
    fn exactly_the_quota_passes_at_once() {
        for limit in ["1/1s", "3/10s", "100/60s", "700000/1s", "1000000/24h"] {
            let limit = RateLimit::parse(limit).unwrap();
            let (passed, backlog) = limit.take(0, limit.quota() + 1);
            assert_eq!((passed, backlog), (limit.quota(), limit.capacity()), "{limit:?}");
            assert_eq!(limit.take(backlog, 1).0, 0, "{limit:?}");
            let (passed, backlog) = limit.take(0, limit.quota() - 1);
            assert_eq!((passed, limit.take(backlog, 2).0), (limit.quota() - 1, 1), "{limit:?}");
        }
    }

    #[test]
    fn rates_are_exact_to_a_thousandth() {
        for (quota, seconds) in [(700_000, 1), (999_999, 1), (1_000_000, 1), (600_001, 1), (1_000_000, 7), (7, 86_400)]
        {
            let limit = RateLimit::new(quota, Duration::from_secs(seconds)).unwrap();
            let error = 1.0 - limit.capacity() as f64 / (seconds as f64 * SECOND as f64);
            assert!((0.0..0.001).contains(&error), "{limit:?}: {error}");
        }
    }

    #[test]
    fn a_refusal_costs_nothing_and_says_when_to_retry() {
        let limit = RateLimit::parse("2/10s").unwrap();
        let (_, first) = limit.take(0, 1);
        assert_eq!(limit.decision(true, first).remaining, 1);
        let (_, second) = limit.take(first, 1);
        let (passed, third) = limit.take(second, 1);
        assert_eq!((passed, third), (0, second));
        let decision = limit.decision(false, third);
        assert_eq!((decision.remaining, decision.retry_after.as_secs(), decision.reset.as_secs()), (0, 5, 10));
        let wait = i64::try_from(decision.retry_after.as_nanos()).unwrap();
        assert_eq!((limit.take(third - wait + 1, 1).0, limit.take(third - wait, 1).0), (0, 1));
    }

    #[test]
    fn a_backlog_of_another_limit_or_clock_is_a_full_one() {
        let limit = RateLimit::parse("100/60s").unwrap();
        for backlog in [limit.capacity(), limit.capacity() + 1, 24 * 3600 * SECOND, i64::MAX] {
            assert_eq!(limit.take(backlog, 1), (0, limit.capacity()), "{backlog}");
            assert_eq!(limit.decision(false, backlog).retry_after, Duration::from_millis(600), "{backlog}");
        }
        for backlog in [0, -1, i64::MIN] {
            assert_eq!(limit.take(backlog, 1), (1, limit.cost()), "{backlog}");
        }
    }

    #[test]
    fn waiting_shortens_the_wait() {
        let limit = RateLimit::parse("2/10s").unwrap();
        let seconds = |decision: Decision| (decision.reset.as_secs(), decision.retry_after.as_secs());
        let full = limit.decision(false, limit.capacity());
        assert_eq!(seconds(full), (10, 5));
        assert_eq!(seconds(full.after(Duration::from_secs(2))), (8, 3));
        assert_eq!(seconds(full.after(Duration::from_secs(11))), (0, 0));
    }
}
