//! Requests of a busy caller that were counted before they came.

use std::sync::Mutex;
use std::time::Duration;

use super::lock;
use crate::domain::{Decision, RateLimit};
use crate::ports::{Demand, Taken};

/// How long places are kept; those that nobody has used are given back then.
pub(super) const LIFE: Duration = Duration::from_millis(100);

/// Most places that are kept.
const MAX_SPARE: u32 = 16;

/// Only one of so many that are left is kept by one instance. As a pod has some dozens of them, and
/// there must be half of the quota, no caller is near the limit who is refused what others keep: it
/// takes thousands of requests in the life of a place.
const SPARE_SHARE: u32 = 1024;

/// What became of the last step of a bucket, with the places in it that nobody has used yet.
pub(super) struct Reserve {
    pub(super) bucket: String,
    limit: RateLimit,
    taken: Taken,
    now: i64,
    until: Duration,
    next: Mutex<u32>,
}

impl Reserve {
    /// The outcome at `now` of a step for `waiting` requests, and for others that may come until
    /// `until`.
    pub(super) fn new(demand: &Demand, taken: Taken, now: i64, waiting: u32, until: Duration) -> Self {
        let next = Mutex::new(waiting.min(taken.passed));
        Self { bucket: demand.bucket.clone(), limit: demand.limit, taken, now, until, next }
    }

    /// The decision on one more request, if it has a place, at `elapsed`.
    pub(super) fn take(&self, elapsed: Duration) -> Option<Decision> {
        let mut next = lock(&self.next);
        if self.is_over(elapsed) || *next >= self.taken.passed {
            return None;
        }
        let decision = decide(self.limit, self.taken, self.now, *next);
        *next += 1;
        Some(decision)
    }

    /// How many places the next step may keep, if that is soon.
    pub(super) fn spare(&self, elapsed: Duration) -> u32 {
        let left = decide(self.limit, self.taken, self.now, self.taken.passed.saturating_sub(1)).remaining;
        let is_plenty = !self.is_over(elapsed) && left >= self.limit.quota() / 2;
        if is_plenty { (left / SPARE_SHARE).min(MAX_SPARE) } else { 0 }
    }

    /// Whether it is too late to use a place.
    pub(super) fn is_over(&self, elapsed: Duration) -> bool {
        elapsed >= self.until
    }

    /// Whether there are places that nobody has used or given back.
    pub(super) fn has_places(&self) -> bool {
        *lock(&self.next) < self.taken.passed
    }

    /// The places that nobody has used, and nobody will.
    pub(super) fn close(&self) -> Option<Demand> {
        let mut next = lock(&self.next);
        let count = self.taken.passed.saturating_sub(*next);
        *next = self.taken.passed;
        (count > 0).then(|| Demand { bucket: self.bucket.clone(), limit: self.limit, count })
    }
}

/// The decision on one request of a demand: the first of them pass.
pub(super) fn decide(limit: RateLimit, Taken { passed, arrival }: Taken, now: i64, request: u32) -> Decision {
    let is_allowed = request < passed;
    let later = passed.saturating_sub(request).saturating_sub(1);
    limit.decision(is_allowed, arrival - i64::from(later) * limit.cost(), now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000_000;

    fn reserve(limit: &str, used: u32, waiting: u32, passed: u32) -> Reserve {
        let limit = RateLimit::parse(limit).unwrap();
        let demand = Demand { bucket: "a".into(), limit, count: passed };
        let taken = Taken { passed, arrival: NOW + i64::from(used + passed) * limit.cost() };
        Reserve::new(&demand, taken, NOW, waiting, LIFE)
    }

    #[test]
    fn places_are_used_once_and_in_time() {
        let reserve = reserve("10000/1s", 0, 1, 3);
        let now = Duration::from_millis(1);
        assert_eq!(reserve.take(now).map(|decision| decision.remaining), Some(9998));
        assert_eq!(reserve.take(LIFE), None, "too late");
        assert_eq!(reserve.take(now).map(|decision| decision.remaining), Some(9997));
        assert_eq!(reserve.take(now), None, "nothing is left");
        assert_eq!(reserve.close(), None);
    }

    #[test]
    fn what_is_not_used_is_given_back_once() {
        let reserve = reserve("10000/1s", 0, 1, 3);
        assert_eq!(reserve.close().map(|demand| demand.count), Some(2));
        assert_eq!(reserve.take(Duration::ZERO), None);
        assert_eq!(reserve.close(), None);
    }

    #[test]
    fn only_who_has_plenty_keeps_some() {
        for (limit, used, expected) in [
            ("1000000/1s", 0, 16),
            ("1000000/1s", 499_999, 16),
            ("1000000/1s", 500_000, 0),
            ("4096/1s", 0, 3),
            ("2048/1s", 1023, 1),
            ("2047/1s", 1023, 0),
            ("1000/1s", 0, 0),
            ("1/1s", 0, 0),
        ] {
            let reserve = reserve(limit, used, 1, 1);
            assert_eq!(reserve.spare(Duration::ZERO), expected, "{limit} {used}");
            assert_eq!(reserve.spare(LIFE), 0, "who comes seldom keeps none");
        }
    }
}
