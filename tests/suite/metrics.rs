//! `GET /metrics`, and the rules and the dashboard that use it.

mod bounds;
mod exactness;
mod form;
mod observability;
mod outage;
mod promql;
mod totals;
mod traffic;

use std::collections::BTreeMap;
use std::time::Duration;

use black_box::{Exposition, Sample, Server};

/// Time after which the metrics include a request.
pub(crate) const QUIET: Duration = Duration::from_secs(1);

/// Number of requests by method, endpoint and status.
type Counts = BTreeMap<(String, String, u16), u64>;

pub(crate) async fn scrape(server: &Server) -> Exposition {
    let answer = server.anonymous().get("/metrics").send().await;
    Exposition::parse(answer.assert_status(200, "/metrics").text())
}

/// Counts from samples, without the probes and scrapes that the tests send.
fn counts<'a>(samples: impl Iterator<Item = &'a Sample>) -> Counts {
    let of_tests = ["/health", "/metrics"];
    let asked = samples.filter(|sample| !of_tests.contains(&sample.label("endpoint")));
    asked.map(|sample| (key(sample), sample.value as u64)).collect()
}

fn key(sample: &Sample) -> (String, String, u16) {
    let label = |name| sample.label(name).to_owned();
    (label("method"), label("endpoint"), label("status").parse().expect("a status"))
}
