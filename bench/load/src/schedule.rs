//! When requests are due.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How long a run takes, and how often it asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) duration: Duration,
    /// Requests per second; a closed loop without.
    pub(crate) rate: Option<f64>,
}

/// Hands out the requests of a run to whoever is free.
#[derive(Debug)]
pub(crate) struct Schedule {
    timing: Timing,
    start: Instant,
    handed_out: Cell<u64>,
}

impl Schedule {
    pub(crate) fn new(timing: Timing, start: Instant) -> Self {
        Self { timing, start, handed_out: Cell::new(0) }
    }

    /// Waits until the next request is due, and returns from when its latency counts; nothing when the run is over.
    ///
    /// A request whose time has come before anybody was free counts from that time. One that was waited for
    /// counts from when the wait ended: a timer that is late is no fault of the server.
    pub(crate) async fn next(&self) -> Option<Instant> {
        let now = Instant::now();
        let due = match self.timing.rate {
            None => now,
            Some(rate) => {
                let number = self.handed_out.get();
                self.handed_out.set(number + 1);
                self.start + Duration::from_secs_f64(number as f64 / rate)
            }
        };
        if due >= self.end() {
            return None;
        }
        if due > now {
            sleep_until(due).await;
            return Some(Instant::now());
        }
        Some(due)
    }

    /// When the last request may be sent.
    pub(crate) fn end(&self) -> Instant {
        self.start + self.timing.duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn schedule(rate: Option<f64>, age: Duration) -> Schedule {
        Schedule::new(Timing { duration: 2 * SECOND, rate }, Instant::now() - age)
    }

    fn next(schedule: &Schedule) -> Option<Instant> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(schedule.next())
    }

    #[test]
    fn a_closed_loop_asks_at_once_until_the_end() {
        for (age, is_due) in [(0, true), (1, true), (2, false)] {
            assert_eq!(next(&schedule(None, age * SECOND)).is_some(), is_due, "{age} s");
        }
    }

    #[test]
    fn what_is_late_counts_from_when_it_was_due() {
        let late = schedule(Some(1.0), 3 * SECOND);
        let (first, second) = (next(&late).unwrap(), next(&late).unwrap());
        assert_eq!((first, second), (late.start, late.start + SECOND));
        assert_eq!(next(&late), None);
    }

    #[test]
    fn what_is_waited_for_counts_from_the_end_of_the_wait() {
        let schedule = schedule(Some(100.0), Duration::ZERO);
        next(&schedule);
        let second = next(&schedule).unwrap();
        assert!(second >= schedule.start + SECOND / 100);
    }
}
