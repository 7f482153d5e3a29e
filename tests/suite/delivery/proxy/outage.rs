//! A replica is killed under load, and comes back.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use black_box::{Options, ProxyClient, Server, record};
use serde_json::json;
use tokio::task::JoinSet;

use super::{REPLICAS, Site, answering};

const CALLERS: u8 = 12;
const KILLS: usize = 20;
/// Maximum time from a replica's return to its first request: `fail_timeout` or a look-up, and a margin.
const RETURN: Duration = Duration::from_secs(20);

impl Site {
    /// Ends a replica by SIGKILL. Returns the options that start it again at the same address.
    pub(super) fn kill(&mut self, index: usize) -> Options {
        let replica = self.replicas.remove(index);
        let options = replica.options().clone().listen(replica.address());
        replica.kill();
        options
    }
}

#[tokio::test]
async fn no_idempotent_request_fails_when_a_replica_is_killed() {
    let mut site = Site::start(&[]).await;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut running = JoinSet::new();
    for number in 1..=CALLERS {
        running.spawn(idempotent(site.caller(number), number, stop.clone(), done.clone()));
    }
    let mut giving = JoinSet::new();
    for number in 1..=4 {
        giving.spawn(transfers(site.caller(100 + number), number, stop.clone()));
    }

    for _ in 0..KILLS {
        under_load(&done).await;
        let options = site.kill(0);
        under_load(&done).await;
        let replica = Server::start(options).await;
        let address = replica.address();
        site.replicas.push(replica);
        has_traffic(&site, address).await;
    }
    under_load(&done).await;
    stop.store(true, Ordering::SeqCst);
    running.join_all().await;
    assert_transfers(&site, giving.join_all().await).await;

    let resent = site.nginx.logs().records().iter().filter(|line| is_resent(line)).count();
    assert!(resent > 0, "no request was in flight to a killed replica");
    assert_eq!(answering(&site.caller(200), 30).await.len(), REPLICAS, "all of them answer again");
}

/// Waits until this replica responds to a new request.
pub(super) async fn has_traffic(site: &Site, replica: SocketAddr) {
    let since = site.nginx.logs().lines().len();
    let deadline = Instant::now() + RETURN;
    let replica = replica.to_string();
    let is_its = |line: &serde_json::Value| line["upstream"] == replica && line["status"] == 200;
    while !site.nginx.logs().lines()[since..].iter().filter_map(|line| record(line)).any(|line| is_its(&line)) {
        assert!(Instant::now() < deadline, "no request for {replica}, which came back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the callers have sent enough requests to reach every replica.
pub(super) async fn under_load(done: &AtomicUsize) {
    let since = done.load(Ordering::SeqCst);
    let deadline = Instant::now() + RETURN;
    while done.load(Ordering::SeqCst) < since + 10 * usize::from(CALLERS) {
        assert!(Instant::now() < deadline, "no requests succeed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn is_resent(line: &serde_json::Value) -> bool {
    line["upstream"].as_str().is_some_and(|upstream| upstream.contains(", "))
}

/// Writes, reads and removes its own user. Each response must follow from the requests before it.
pub(super) async fn idempotent(caller: ProxyClient, number: u8, stop: Arc<AtomicBool>, done: Arc<AtomicUsize>) {
    let path = format!("/tocos/user-{number}");
    let mut tocos = 0;
    while !stop.load(Ordering::SeqCst) {
        tocos += 1;
        let put = ProxyClient::send(caller.json("PUT", &path, &json!({"tocos": tocos}))).await;
        assert!([200, 201].contains(&put.status), "PUT {path}: {put:?}");
        let read = caller.get(&path).await.assert_json(200, &path);
        assert_eq!(read["tocos"], tocos, "{path}");
        let delete = ProxyClient::send(caller.request("DELETE", &path)).await;
        // If the killed replica has removed the user, the next replica responds with 404.
        assert!([204, 404].contains(&delete.status), "DELETE {path}: {delete:?}");
        let read = caller.get(&path).await;
        read.assert_problem(404, "user-not-found", &path);
        done.fetch_add(4, Ordering::SeqCst);
        // nginx allows 100 requests per second from one address.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Makes transfers without an idempotency key, each with a unique note. Returns their statuses.
pub(super) async fn transfers(caller: ProxyClient, number: u8, stop: Arc<AtomicBool>) -> BTreeMap<String, u16> {
    let mut outcomes = BTreeMap::new();
    while !stop.load(Ordering::SeqCst) {
        let note = format!("{number}-{}", outcomes.len());
        let (from, to) = if outcomes.len() % 2 == 0 { ("Sam", "Cem") } else { ("Cem", "Sam") };
        let body = json!({"from": from, "to": to, "amount": 1, "note": note});
        let answer = ProxyClient::send(caller.json("POST", "/transfers", &body)).await;
        assert!([201, 502].contains(&answer.status), "{answer:?}");
        outcomes.insert(note, answer.status);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    outcomes
}

/// Checks that acknowledged transfers exist, that none exists twice, and that the total is unchanged.
pub(super) async fn assert_transfers(site: &Site, outcomes: Vec<BTreeMap<String, u16>>) {
    let database = site.replicas[0].options().database();
    let doubled = "SELECT count(*) FROM (SELECT FROM transfers GROUP BY note HAVING count(*) > 1) AS doubled";
    assert_eq!(database.number(doubled).await, 0, "sent twice");
    let total = database.number("SELECT sum(tocos)::bigint FROM users").await;
    assert_eq!(total, 100 + 200 + 300, "John, Sam and Cem");
    let outcomes: BTreeMap<_, _> = outcomes.into_iter().flatten().collect();
    for (note, status) in &outcomes {
        if *status != 502 {
            let there = database.number(&format!("SELECT count(*) FROM transfers WHERE note = '{note}'")).await;
            assert_eq!(there, i64::from(*status == 201), "{status} for {note}");
        }
    }
    assert!(outcomes.values().any(|status| *status == 201), "{outcomes:?}");
}
