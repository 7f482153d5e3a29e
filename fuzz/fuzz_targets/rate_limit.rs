//! Rate limits: how they are written, and that what they decide is true.
#![no_main]

use api::domain::RateLimit;
use libfuzzer_sys::fuzz_target;

/// A day in microseconds, and any time of this age of the world.
const DAY: i64 = 86_400_000_000;
const LATEST: i64 = 1 << 53;

fuzz_target!(|input: (i64, i64, &str)| {
    let (now, ahead, text) = input;
    let Ok(limit) = RateLimit::parse(text) else { return };
    let (quota, window) = (limit.quota(), limit.window());
    assert!((1..=RateLimit::MAX_QUOTA).contains(&quota));
    assert!(window.as_secs() >= 1 && window <= RateLimit::MAX_WINDOW && window.subsec_nanos() == 0);
    assert_eq!(RateLimit::parse(&format!("{quota}/{}s", window.as_secs())), Ok(limit));
    assert_eq!(RateLimit::new(quota, window), Ok(limit));
    assert!(limit.cost() >= 1 && limit.capacity() <= DAY);

    // Whatever a store holds, there is an answer.
    let (is_allowed, arrival) = limit.take(Some(ahead), now);
    let decision = limit.decision(is_allowed, arrival, now);
    assert!(decision.remaining <= quota && decision.reset <= window && decision.retry_after <= window);

    let now = now.rem_euclid(LATEST);
    let before = now + ahead.rem_euclid(limit.capacity() + 1);
    check(limit, before, now);
});

/// From an arrival time that a store can hold at `now`.
fn check(limit: RateLimit, before: i64, now: i64) {
    let (is_allowed, arrival) = limit.take(Some(before), now);
    let decision = limit.decision(is_allowed, arrival, now);
    assert!(arrival >= now && arrival - now <= limit.capacity());
    assert_eq!(arrival, if is_allowed { before + limit.cost() } else { before });
    assert_eq!(i64::try_from(decision.reset.as_micros()), Ok(arrival - now));

    let wait = i64::try_from(decision.retry_after.as_micros()).expect("less than a day");
    assert_eq!(wait == 0, decision.remaining > 0);
    assert!(is_allowed || decision.remaining == 0, "refused, and some are left");
    assert!(limit.take(Some(arrival), now + wait).0, "it was to come back now");
    assert!(wait == 0 || !limit.take(Some(arrival), now + wait - 1).0, "it might have come earlier");

    let mut arrival = arrival;
    if decision.remaining <= 32 {
        for _ in 0..decision.remaining {
            let (is_allowed, next) = limit.take(Some(arrival), now);
            assert!(is_allowed, "fewer are left than were said");
            arrival = next;
        }
        assert!(!limit.take(Some(arrival), now).0, "more are left than were said");
    }
}
