//! Moves traffic to another version, as `hack/update` does. No request of any method is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use black_box::{Nginx, Options, Server, StateDir};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::outage::{assert_transfers, idempotent, transfers, under_load};
use super::{REPLICAS, Site, answering};

const CALLERS: u8 = 12;
const UPDATES: usize = 2;
/// Time from the switch to the stop of the replicas without traffic. The requests of this test take less.
const DRAIN: Duration = Duration::from_secs(2);

/// Starts replicas with these options, but with other names and states.
async fn replicas(options: &Options, version: &str) -> Vec<Server> {
    let mut replicas = Vec::new();
    for number in 1..=REPLICAS {
        let options = options.clone().variable("app_hostname", &format!("{version}-{number}"));
        replicas.push(Server::start(options.state(&StateDir::new())).await);
    }
    replicas
}

#[tokio::test]
async fn no_request_fails_when_replicas_are_replaced() {
    let mut site = Site::start(&[]).await;
    let addresses: Vec<_> = site.replicas.iter().map(Server::address).collect();
    let options = site.replicas[0].options().clone();
    let mut next = replicas(&options.clone().listen("127.0.0.1:0".parse().unwrap()), "next").await;
    let next_addresses: Vec<_> = next.iter().map(Server::address).collect();
    site.nginx = Nginx::start_with_next(&addresses, &next_addresses).await;

    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (mut running, mut giving) = (JoinSet::new(), JoinSet::new());
    for number in 1..=CALLERS {
        running.spawn(idempotent(site.caller(number), number, stop.clone(), done.clone()));
        giving.spawn(transfers(site.caller(100 + number), number, stop.clone()));
    }
    for update in 0..UPDATES {
        under_load(&done).await;
        site.nginx.switch_to_next();
        sleep(DRAIN).await;
        let hostnames = answering(&site.caller(200), 10).await;
        assert!(hostnames.keys().all(|name| name.starts_with("next-")), "{hostnames:?}");
        for (replica, address) in std::mem::take(&mut site.replicas).into_iter().zip(&addresses) {
            let options = replica.options().clone().listen(*address);
            replica.kill();
            site.replicas.push(Server::start(options.variable("app_hostname", &format!("{update}"))).await);
        }
        under_load(&done).await;
        site.nginx.switch_back();
        sleep(DRAIN).await;
        let hostnames = answering(&site.caller(200), 10).await;
        assert!(hostnames.keys().eq([&update.to_string()]), "{hostnames:?}");
        for (replica, address) in std::mem::take(&mut next).into_iter().zip(&next_addresses) {
            let options = replica.options().clone().listen(*address);
            replica.kill();
            next.push(Server::start(options).await);
        }
    }
    stop.store(true, Ordering::SeqCst);
    running.join_all().await;
    let outcomes = giving.join_all().await;
    let lost: Vec<_> = outcomes.iter().flatten().filter(|(_, status)| **status != 201).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_transfers(&site, outcomes).await;
}
