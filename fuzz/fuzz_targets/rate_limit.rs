//! Rate limits: their syntax, and whether their decisions hold.
#![no_main]

use chassis::types::RateLimit;
use libfuzzer_sys::fuzz_target;

/// A day in nanoseconds.
const DAY: i64 = 86_400_000_000_000;

fuzz_target!(|input: (i64, u32, &str)| {
    let (stored, count, text) = input;
    let Ok(limit) = RateLimit::parse(text) else { return };
    let (quota, window) = (limit.quota(), limit.window());
    assert!((1..=RateLimit::MAX_QUOTA).contains(&quota));
    assert!(window.as_secs() >= 1 && window <= RateLimit::MAX_WINDOW && window.subsec_nanos() == 0);
    assert_eq!(RateLimit::parse(&format!("{quota}/{}s", window.as_secs())), Ok(limit));
    assert_eq!(RateLimit::new(quota, window), Ok(limit));
    assert!(limit.cost() >= 1000 && limit.capacity() <= DAY);

    // Any number in a store yields a decision within the bounds.
    let (passed, backlog) = limit.take(stored, count);
    assert!(passed <= count && (0..=limit.capacity()).contains(&backlog));
    let decision = limit.decision(passed > 0, stored);
    assert!(decision.remaining <= quota && decision.reset <= window && decision.retry_after <= window);

    check(limit, stored.rem_euclid(limit.capacity() + 1), count);
});

/// Checks what follows from `before`, a backlog within the limit's capacity, in nanoseconds.
fn check(limit: RateLimit, before: i64, count: u32) {
    let (passed, backlog) = limit.take(before, count);
    assert_eq!(backlog, before + i64::from(passed) * limit.cost());
    let decision = limit.decision(passed > 0, backlog);
    assert_eq!(i64::try_from(decision.reset.as_nanos()), Ok(backlog));

    let wait = i64::try_from(decision.retry_after.as_nanos()).expect("less than a day");
    assert_eq!(wait == 0, decision.remaining > 0);
    assert!(passed == count || decision.remaining == 0, "refused, and some are left");
    assert_eq!(limit.take(backlog - wait, 1).0, 1, "it was to come back now");
    assert!(wait == 0 || limit.take(backlog - wait + 1, 1).0 == 0, "it might have come earlier");
    assert_eq!(decision.after(decision.retry_after).retry_after.as_nanos(), 0);
    assert_eq!(limit.take(backlog, u32::MAX).0, decision.remaining, "as many are left as were said");
}
