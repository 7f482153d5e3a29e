//! No count is lost when an instance ends, and none is exposed twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Exposition, Options, Server, StateDir, example};
use rstest::rstest;
use tokio::task::JoinSet;

use super::traffic::{add, send};
use super::{Counts, QUIET, counts, scrape};

/// An instance flushes its counts after 400 ms. A busy machine needs longer.
const UNFLUSHED: Duration = Duration::from_millis(400 + 100);

#[rstest]
#[case::by_default(None, None, 5_000)]
#[case::with_an_instance_for_each_request(Some("1"), Some("1"), 1_000)]
#[case::with_an_instance_for_each_request_that_the_api_is_not_told_of(Some("1"), None, 1_000)]
#[tokio::test]
async fn counts_are_the_clients(
    #[values(Sqlite, Postgres)] engine: Engine,
    #[case] flag: Option<&str>,
    #[case] variable: Option<&str>,
    #[case] requests: usize,
) {
    let mut options = Options::on(engine).state(&StateDir::in_memory());
    if let Some(count) = flag {
        options = options.flag("--max-instance-reuse-count", count);
    }
    if let Some(count) = variable {
        options = options.variable("max_instance_reuse_count", count);
    }
    let mut server = Server::start(options.clone()).await;
    let mut sent = Counts::new();
    let mut last = Exposition::default();
    for requests in [requests, requests / 5] {
        let answered = tokio::select! {
            answered = send(&server, requests) => answered,
            () = watch(&server, &mut last) => Counts::new(),
        };
        add(&mut sent, answered);
        tokio::time::sleep(QUIET).await;
        assert_told(&scrape(&server).await, &sent, &mut last);

        let (status, logs) = server.terminate().await;
        assert!(status.success(), "{status}: {}", logs.text());
        server = Server::start(options.clone()).await;
        assert_told(&scrape(&server).await, &sent, &mut last);
    }
}

#[rstest]
#[tokio::test]
async fn kill_9_costs_what_was_counted_last(#[values(Sqlite, Postgres)] engine: Engine) {
    let mut server = Server::start(Options::on(engine)).await;
    let mut last = Exposition::default();
    let mut kept_in_time = 0;
    // A busy machine may flush late, but never early, so one round on time is enough.
    for round in 0..5 {
        let before = hellos(&last);
        let tally = Arc::new(Tally::default());
        let mut clients = JoinSet::new();
        for _ in 0..16 {
            clients.spawn(ask_until_gone(server.client(), tally.clone()));
        }
        tokio::time::sleep(Duration::from_millis(1000)).await;
        let killed = Instant::now();
        server = server.kill_and_restart().await;
        let answered: Vec<_> = clients.join_all().await.concat();

        let told = scrape(&server).await;
        assert_no_less(&last, &told);
        let counted = (hellos(&told) - before) as usize;
        let sure = answered.iter().filter(|moment| **moment + UNFLUSHED < killed).count();
        let sent = tally.sent.load(SeqCst) as usize;
        assert!(sure > 100, "round {round}: only {sure} answers");
        assert!(counted <= sent, "round {round}: {counted} counted, {sent} sent");
        kept_in_time += usize::from(counted >= sure);
        last = told;
    }
    assert!(kept_in_time > 0, "a count older than {UNFLUSHED:?} was lost in every round");
}

/// Requests that were sent, answered or not.
#[derive(Default)]
struct Tally {
    sent: AtomicU64,
}

/// Sends requests until the server is gone. Returns the times of the responses.
async fn ask_until_gone(client: Client, tally: Arc<Tally>) -> Vec<Instant> {
    let mut answered = Vec::new();
    loop {
        tally.sent.fetch_add(1, SeqCst);
        match client.get("/hello_world").try_send().await {
            Ok(answer) => answer.assert_status(200, "hello"),
            Err(_) => return answered,
        };
        answered.push(Instant::now());
    }
}

fn hellos(told: &Exposition) -> f64 {
    told.sum("http_requests_total", ("endpoint", "/hello_world"))
}

/// Scrapes without end. Panics if a counter decreases.
async fn watch(server: &Server, last: &mut Exposition) {
    loop {
        let told = scrape(server).await;
        assert_no_less(last, &told);
        *last = told;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Panics unless every metric of requests equals the sent requests.
fn assert_told(told: &Exposition, sent: &Counts, last: &mut Exposition) {
    assert_no_less(last, told);
    assert_eq!(&counts(told.of("http_requests_total")), sent);
    assert_eq!(&counts(told.of("http_request_duration_seconds_count")), sent);
    let all = told.of("http_request_duration_seconds_bucket").filter(|sample| sample.label("le") == "+Inf");
    assert_eq!(&counts(all), sent);

    let created = |status| sent.get(&("POST".to_owned(), example::LIST.to_owned(), status)).copied().unwrap_or(0);
    let carried_out = told.sum("store_operation_duration_seconds_count", ("operation", example::CREATE));
    assert_eq!(carried_out, [201, 503].map(created).iter().sum::<u64>() as f64);
    let refused: u64 = sent.iter().filter(|((_, _, status), _)| *status == 401).map(|(_, count)| count).sum();
    assert_eq!(told.sum("auth_failures_total", ("reason", "missing")), refused as f64);
    *last = told.clone();
}

fn assert_no_less(before: &Exposition, after: &Exposition) {
    let counters = |told: &Exposition| -> BTreeMap<String, f64> {
        let counters = told.samples.iter().filter(|sample| {
            let is_counter = ["_total", "_count", "_bucket", "_sum"].iter().any(|end| sample.name.ends_with(end));
            is_counter && told.types.get(&sample.name).is_none_or(|kind| kind != "untyped")
        });
        counters.map(|sample| (sample.series(), sample.value)).collect()
    };
    let after = counters(after);
    for (series, value) in counters(before) {
        let now = after.get(&series);
        assert!(now.is_some_and(|now| *now >= value), "{series} was {value} and is {now:?}");
    }
}
