use std::borrow::Cow;
use std::time::Duration;

use super::catalogue::{HTTP_REQUEST_DURATION, HTTP_REQUESTS, STORE_ERRORS, STORE_OPERATION_DURATION};
use crate::ports::Delta;

/// One request. Every label is from a bounded set, whatever clients send.
#[derive(Clone, Copy)]
pub struct RequestSample<'a> {
    /// The method, or `other`.
    pub method: &'static str,
    /// The route's template, or `unmatched`.
    pub endpoint: &'a str,
    pub status: u16,
    pub duration: Duration,
}

/// The counts of an instance since its last flush. In a list, a few series are found faster than in a map.
#[derive(Default)]
pub(super) struct Pending {
    /// Durations by method, endpoint and status.
    requests: Vec<((&'static str, String, u16), Histogram)>,
    operations: Vec<(&'static str, Histogram)>,
    counters: Vec<(Cow<'static, str>, f64)>,
    failed: Vec<Delta>,
}

impl Pending {
    pub(super) fn request(&mut self, RequestSample { method, endpoint, status, duration }: RequestSample<'_>) {
        update(
            &mut self.requests,
            |known| known.2 == status && known.0 == method && known.1 == endpoint,
            || (method, endpoint.to_owned(), status),
            |durations| durations.observe(duration),
        );
    }

    pub(super) fn operation(&mut self, operation: &'static str, duration: Duration, has_failed: bool) {
        let observe = |durations: &mut Histogram| durations.observe(duration);
        update(&mut self.operations, |known| *known == operation, || operation, observe);
        if has_failed {
            self.count(format!(r#"{STORE_ERRORS}{{operation="{operation}"}}"#));
        }
    }

    pub(super) fn count(&mut self, series: impl Into<Cow<'static, str>>) {
        let series = series.into();
        update(&mut self.counters, |known| *known == series, || series.clone(), |count| *count += 1.0);
    }

    /// Takes back deltas that failed to flush. Merges them, so that repeated failures need no more memory.
    pub(super) fn restore(&mut self, deltas: Vec<Delta>) {
        for delta in deltas {
            let is_same = |known: &&mut Delta| known.part == delta.part && known.series == delta.series;
            match self.failed.iter_mut().find(is_same) {
                Some(known) => known.value += delta.value,
                None => self.failed.push(delta),
            }
        }
    }

    pub(super) fn take(&mut self) -> Vec<Delta> {
        let Self { requests, operations, counters, failed: mut deltas } = std::mem::take(self);
        for ((method, endpoint, status), durations) in requests {
            let labels = format!(r#"{{endpoint="{endpoint}",method="{method}",status="{status}"}}"#);
            deltas.push(counter(format!("{HTTP_REQUESTS}{labels}"), durations.count()));
            deltas.extend(parts(&format!("{HTTP_REQUEST_DURATION}{labels}"), &durations));
        }
        for (operation, durations) in operations {
            let labels = format!(r#"{{operation="{operation}"}}"#);
            // Exposed from the start, so that Prometheus sees the increase from 0.
            deltas.push(counter(format!("{STORE_ERRORS}{labels}"), 0.0));
            deltas.extend(parts(&format!("{STORE_OPERATION_DURATION}{labels}"), &durations));
        }
        deltas.extend(counters.into_iter().map(|(series, count)| counter(series.into_owned(), count)));
        deltas
    }
}

fn update<K, V: Default>(
    list: &mut Vec<(K, V)>,
    is_same: impl Fn(&K) -> bool,
    key: impl FnOnce() -> K,
    change: impl FnOnce(&mut V),
) {
    match list.iter_mut().find(|(known, _)| is_same(known)) {
        Some((_, value)) => change(value),
        None => {
            let mut value = V::default();
            change(&mut value);
            list.push((key(), value));
        }
    }
}

fn counter(series: String, value: f64) -> Delta {
    Delta { series, part: 0, value }
}

fn parts(series: &str, durations: &Histogram) -> impl Iterator<Item = Delta> {
    durations.parts().map(|(part, value)| Delta { series: series.to_owned(), part, value })
}

/// Upper bounds of the buckets, in seconds: Prometheus's defaults, and three below them, where most responses are.
pub(super) const BOUNDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The part of the sum. The other parts are numbers of buckets; the last bucket is above all bounds.
pub(super) const SUM: i64 = -1;

#[derive(Clone, Debug, Default, PartialEq)]
struct Histogram {
    counts: [u32; BOUNDS.len() + 1],
    sum: f64,
}

impl Histogram {
    fn observe(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.sum += seconds;
    }

    fn count(&self) -> f64 {
        self.counts.iter().map(|count| f64::from(*count)).sum()
    }

    /// The sum, and the buckets that are not empty.
    fn parts(&self) -> impl Iterator<Item = (i64, f64)> {
        let counts = (0..).zip(self.counts.iter().map(|count| f64::from(*count)));
        counts.filter(|(_, count)| *count > 0.0).chain([(SUM, self.sum)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(endpoint: &str, status: u16) -> RequestSample<'_> {
        RequestSample { method: "GET", endpoint, status, duration: Duration::from_millis(2) }
    }

    #[test]
    fn equal_requests_are_one_series() {
        let mut pending = Pending::default();
        for (endpoint, status) in [("/a", 200), ("/a", 200), ("/a", 404), ("/b", 200)] {
            pending.request(sample(endpoint, status));
        }
        let deltas = pending.take();
        let counted = |series: &str| deltas.iter().find(|delta| delta.series == series).map(|delta| delta.value);
        assert_eq!(counted(r#"http_requests{endpoint="/a",method="GET",status="200"}"#), Some(2.0));
        assert_eq!(counted(r#"http_requests{endpoint="/a",method="GET",status="404"}"#), Some(1.0));
        assert_eq!(counted(r#"http_requests{endpoint="/b",method="GET",status="200"}"#), Some(1.0));
        assert!(pending.take().is_empty(), "nothing is counted twice");
    }

    #[test]
    fn deltas_that_failed_to_flush_are_taken_again() {
        let mut pending = Pending::default();
        pending.count("c");
        let deltas = pending.take();
        pending.restore(deltas.clone());
        assert_eq!(pending.take(), deltas);
    }

    #[test]
    fn repeated_failures_need_no_more_memory() {
        let mut pending = Pending::default();
        for _ in 0..100 {
            pending.request(sample("/a", 200));
            let deltas = pending.take();
            pending.restore(deltas);
        }
        let deltas = pending.take();
        assert_eq!(deltas.len(), 3, "{deltas:?}");
        assert_eq!(deltas[0].value, 100.0);
    }

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
