//! A distribution of durations.

use std::time::Duration;

/// Upper bounds of the buckets, in seconds: Prometheus's defaults, and two below them, where most responses are.
pub(super) const BOUNDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The part of a series that is the sum. The others are the buckets, of which the last is above all bounds.
pub(super) const SUM: i64 = -1;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    /// Each duration is in one bucket only.
    counts: [u32; BOUNDS.len() + 1],
    sum: f64,
}

impl Histogram {
    pub(super) fn observe(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.sum += seconds;
    }

    pub(super) fn count(&self) -> f64 {
        self.counts.iter().map(|count| f64::from(*count)).sum()
    }

    /// The sum, and the buckets that are not empty.
    pub(super) fn parts(&self) -> impl Iterator<Item = (i64, f64)> {
        let counts = (0..).zip(self.counts.iter().map(|count| f64::from(*count)));
        counts.filter(|(_, count)| *count > 0.0).chain([(SUM, self.sum)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_holds_it() {
        let mut histogram = Histogram::default();
        for (micros, bucket) in [(0, 0), (500, 0), (501, 1), (1_000, 1), (10_000_000, 13), (10_000_001, 14)] {
            let before = histogram.clone();
            histogram.observe(Duration::from_micros(micros));
            assert_eq!(histogram.counts[bucket], before.counts[bucket] + 1, "{micros}");
        }
        let total: f64 = histogram.parts().filter(|(part, _)| *part != SUM).map(|(_, count)| count).sum();
        assert_eq!((total, histogram.count()), (6.0, 6.0));
        assert!(histogram.parts().any(|(part, sum)| part == SUM && (sum - 20.002_002).abs() < 1e-9));
    }
}
