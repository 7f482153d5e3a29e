//! What an instance has counted and not yet handed on.

use std::time::Duration;

use super::catalogue::{
    AUTHENTICATED_REQUESTS, Credential, HTTP_REQUEST_DURATION, HTTP_REQUESTS, STORE_ERRORS, STORE_OPERATION_DURATION,
};
use super::histogram::Histogram;
use crate::ports::Delta;

/// One request that was answered. Every label is from a bounded set, whatever clients send.
#[derive(Clone, Copy, Debug)]
pub struct RequestSample<'a> {
    /// The method, or `other`.
    pub method: &'static str,
    /// The route's template, or `unmatched`.
    pub endpoint: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took.
    pub duration: Duration,
}

/// Counts since the last hand-over. There are few different series in the time that counts wait, so
/// that a list is searched faster than a map.
#[derive(Debug, Default)]
pub(super) struct Pending {
    requests: Vec<Requests>,
    operations: Vec<Operations>,
    counters: Vec<(&'static str, f64)>,
    authenticated: Vec<(Credential, String, f64)>,
    failed: Vec<Delta>,
}

#[derive(Debug)]
struct Requests {
    method: &'static str,
    endpoint: String,
    status: u16,
    durations: Histogram,
    count: f64,
}

#[derive(Debug)]
struct Operations {
    operation: &'static str,
    durations: Histogram,
    errors: f64,
}

impl Pending {
    /// Counts a request.
    pub(super) fn request(&mut self, sample: RequestSample<'_>) {
        let RequestSample { method, endpoint, status, duration } = sample;
        let known = self
            .requests
            .iter_mut()
            .find(|known| known.status == status && known.method == method && known.endpoint == endpoint);
        match known {
            Some(requests) => requests.add(duration),
            None => {
                let endpoint = endpoint.to_owned();
                let mut requests = Requests { method, endpoint, status, durations: Histogram::default(), count: 0.0 };
                requests.add(duration);
                self.requests.push(requests);
            }
        }
    }

    /// Counts an operation of the store.
    pub(super) fn operation(&mut self, operation: &'static str, duration: Duration, has_failed: bool) {
        let errors = if has_failed { 1.0 } else { 0.0 };
        match self.operations.iter_mut().find(|known| known.operation == operation) {
            Some(known) => {
                known.durations.observe(duration);
                known.errors += errors;
            }
            None => {
                let mut durations = Histogram::default();
                durations.observe(duration);
                self.operations.push(Operations { operation, durations, errors });
            }
        }
    }

    /// Counts one more of a series.
    pub(super) fn counter(&mut self, series: &'static str) {
        match self.counters.iter_mut().find(|(known, _)| *known == series) {
            Some((_, count)) => *count += 1.0,
            None => self.counters.push((series, 1.0)),
        }
    }

    /// Counts a request of a known caller.
    pub(super) fn authenticated(&mut self, credential: Credential, key: &str) {
        let mut known = self.authenticated.iter_mut();
        match known.find(|(known, name, _)| *known == credential && name == key) {
            Some((_, _, count)) => *count += 1.0,
            None => self.authenticated.push((credential, key.to_owned(), 1.0)),
        }
    }

    /// Takes back deltas that failed to flush. Merges those of one number, so that repeated failures need no more memory.
    pub(super) fn restore(&mut self, deltas: Vec<Delta>) {
        for delta in deltas {
            let is_same = |known: &&mut Delta| known.part == delta.part && known.series == delta.series;
            match self.failed.iter_mut().find(is_same) {
                Some(known) => known.value += delta.value,
                None => self.failed.push(delta),
            }
        }
    }

    /// Everything, as what a store adds to what it has. Nothing is left.
    pub(super) fn take(&mut self) -> Vec<Delta> {
        let Self { requests, operations, counters, authenticated, failed } = std::mem::take(self);
        let mut deltas = failed;
        for Requests { method, endpoint, status, durations, count } in requests {
            let labels = format!(r#"{{endpoint="{endpoint}",method="{method}",status="{status}"}}"#);
            deltas.push(Delta { series: format!("{HTTP_REQUESTS}{labels}"), part: 0, value: count });
            deltas.extend(parts(&format!("{HTTP_REQUEST_DURATION}{labels}"), &durations));
        }
        for Operations { operation, durations, errors } in operations {
            let labels = format!(r#"{{operation="{operation}"}}"#);
            deltas.push(Delta { series: format!("{STORE_ERRORS}{labels}"), part: 0, value: errors });
            deltas.extend(parts(&format!("{STORE_OPERATION_DURATION}{labels}"), &durations));
        }
        for (credential, key, value) in authenticated {
            let labels = format!(r#"{{credential="{}",key="{key}"}}"#, credential.label());
            deltas.push(Delta { series: format!("{AUTHENTICATED_REQUESTS}{labels}"), part: 0, value });
        }
        deltas.extend(counters.into_iter().map(|(series, value)| Delta { series: series.into(), part: 0, value }));
        deltas
    }
}

impl Requests {
    fn add(&mut self, duration: Duration) {
        self.count += 1.0;
        self.durations.observe(duration);
    }
}

fn parts(series: &str, durations: &Histogram) -> impl Iterator<Item = Delta> {
    durations.parts().map(|(part, value)| Delta { series: series.to_owned(), part, value })
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
    fn what_could_not_be_handed_on_comes_again() {
        let mut pending = Pending::default();
        pending.counter("c");
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
}
