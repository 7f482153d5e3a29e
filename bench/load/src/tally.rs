//! What became of the requests.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};
use serde::Serialize;

/// Longest latency that is told apart from longer ones, in microseconds.
const LONGEST: u64 = 60_000_000;

/// Kinds of errors that are told; more of them are counted only.
const MAX_KINDS: usize = 8;

/// Counts and latencies of a run.
#[derive(Debug)]
pub(crate) struct Tally {
    sent: u64,
    /// Answers before the end of the run.
    answered: u64,
    errors: u64,
    kinds: BTreeMap<String, u64>,
    latencies: Histogram<u64>,
}

/// What is printed. Latencies are in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    sent: u64,
    per_second: f64,
    errors: u64,
    error_kinds: BTreeMap<String, u64>,
    p50: f64,
    p99: f64,
    p999: f64,
}

impl Tally {
    pub(crate) fn new() -> Result<Self, CreationError> {
        let latencies = Histogram::new_with_bounds(1, LONGEST, 3)?;
        Ok(Self { sent: 0, answered: 0, errors: 0, kinds: BTreeMap::new(), latencies })
    }

    pub(crate) fn sent(&mut self) {
        self.sent += 1;
    }

    pub(crate) fn answered(&mut self, latency: Duration, is_in_time: bool) {
        self.answered += u64::from(is_in_time);
        let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST);
        self.latencies.saturating_record(micros.clamp(1, LONGEST));
    }

    pub(crate) fn failed(&mut self, kind: String) {
        self.errors += 1;
        if self.kinds.len() < MAX_KINDS || self.kinds.contains_key(&kind) {
            *self.kinds.entry(kind).or_default() += 1;
        }
    }

    pub(crate) fn summary(&self, duration: Duration) -> Summary {
        let millis = |micros: u64| micros as f64 / 1000.0;
        let quantile = |share| millis(self.latencies.value_at_quantile(share));
        Summary {
            sent: self.sent,
            per_second: self.answered as f64 / duration.as_secs_f64(),
            errors: self.errors,
            p50: quantile(0.5),
            p99: quantile(0.99),
            p999: quantile(0.999),
            error_kinds: self.kinds.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_was_seen() {
        let mut tally = Tally::new().unwrap();
        for latency in [1, 1000] {
            tally.sent();
            tally.answered(Duration::from_millis(latency), latency == 1);
            tally.failed("refused".into());
        }
        let summary = tally.summary(Duration::from_secs(2));
        assert_eq!((summary.sent, summary.errors), (2, 2));
        assert_eq!(summary.error_kinds["refused"], 2);
        assert!((summary.per_second - 0.5).abs() < f64::EPSILON);
        assert!((summary.p50 - 1.0).abs() < 0.01 && (summary.p99 - 1000.0).abs() < 1.0, "{summary:?}");
    }

    #[test]
    fn kinds_of_errors_are_bounded() {
        let mut tally = Tally::new().unwrap();
        for kind in 0..100 {
            tally.failed(kind.to_string());
        }
        assert_eq!((tally.errors, tally.kinds.len()), (100, MAX_KINDS));
    }
}
