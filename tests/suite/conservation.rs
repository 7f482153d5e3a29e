//! Transfers never lose or double a toco, whatever happens to the server or to the database.
//!
//! Environment variables set the size of a run. `hack/check/chaos` has the numbers of a full run.

mod client;
mod ledger;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Client, Engine, Options, PostgresServer, Server};
use rstest::rstest;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use client::Customer;
use ledger::Ledger;

const CUSTOMERS: usize = 32;
const USERS: usize = 10;
const START: u64 = 1_000;
/// Transfers of each pair in each direction.
const OPPOSITE: usize = 1_000;
/// Maximum time from the database's return to readiness.
const RECOVERY: Duration = Duration::from_secs(2);

#[rstest]
#[tokio::test]
async fn undisturbed(#[values(Sqlite, Postgres)] engine: Engine) {
    Run::start(Options::on(engine)).await.finish().await;
}

#[rstest]
#[tokio::test]
async fn with_the_server_killed(#[values(Sqlite, Postgres)] engine: Engine) {
    let mut run = Run::start(Options::on(engine)).await;
    let kills = parameter("MINI_API_KILLS", 2);
    for kill in 1..=kills {
        run.wait_for_part(kill, kills).await;
        run = run.kill_and_restart().await;
    }
    assert!(run.finish().await >= kills, "too few retries");
}

#[tokio::test]
async fn with_the_database_restarted() {
    let postgres = PostgresServer::start_own();
    let mut run = Run::start(Options::on_server(&postgres)).await;
    let restarts = parameter("MINI_API_RESTARTS", 1);
    for restart in 1..=restarts {
        run.wait_for_part(restart, restarts).await;
        // Alternates between a crash, as by `kill -9`, and an orderly stop.
        if restart % 2 == 1 {
            postgres.crash()
        } else {
            postgres.stop()
        }
        run.assert_away().await;
        postgres.start();
        run.server.wait_for("/readiness", 200, RECOVERY).await;
    }
    assert!(run.finish().await >= restarts, "too few retries");
}

#[rstest]
#[tokio::test]
async fn opposite_transfers_never_wait_for_each_other(#[values(Sqlite, Postgres)] engine: Engine) {
    const PAIRS_AT_ONCE: usize = 8;
    let server = Server::start(Options::on(engine)).await;
    let client = server.client();
    for user in ["A", "B"] {
        client.put(&format!("/tocos/{user}"), json!({"tocos": OPPOSITE})).send().await.assert_status(201, user);
    }
    let mut running = JoinSet::new();
    for _ in 0..PAIRS_AT_ONCE {
        let client = server.client();
        running.spawn(async move {
            for _ in 0..OPPOSITE / PAIRS_AT_ONCE {
                let send = |from: &str, to: &str| {
                    client.post("/transfers", json!({"from": from, "to": to, "amount": 1})).send()
                };
                let (there, back) = tokio::join!(send("A", "B"), send("B", "A"));
                there.assert_status(201, "A to B");
                back.assert_status(201, "B to A");
            }
        });
    }
    running.join_all().await;
    for user in ["A", "B"] {
        let entry = client.get(&format!("/tocos/{user}")).send().await.assert_json(200, user);
        assert_eq!(entry["tocos"], OPPOSITE, "{user}");
    }
}

/// Customers who make transfers with a server.
struct Run {
    server: Server,
    /// Client of the current server, whose address changes with each start.
    door: watch::Sender<Client>,
    customers: JoinSet<Ledger>,
    /// Number of transfers that have begun.
    begun: Arc<AtomicUsize>,
    transfers: usize,
}

impl Run {
    async fn start(options: Options) -> Self {
        let server = Server::start(options.variable("seed_demo_data", "false")).await;
        for number in 0..USERS {
            let request = server.client().post("/tocos", json!({"user": ledger::user(number), "tocos": START}));
            request.send().await.assert_status(201, "a user");
        }
        let transfers = parameter("MINI_API_TRANSFERS", 2_000);
        let begun = Arc::new(AtomicUsize::new(0));
        let door = watch::Sender::new(server.client());
        let mut customers = JoinSet::new();
        for _ in 0..CUSTOMERS {
            customers.spawn(Customer::new(door.subscribe(), begun.clone(), transfers).run());
        }
        Self { server, door, customers, begun, transfers }
    }

    /// Waits until `part / (parts + 1)` of all transfers have begun.
    async fn wait_for_part(&mut self, part: usize, parts: usize) {
        while self.begun.load(Ordering::Relaxed) < self.transfers * part / (parts + 1) {
            if let Some(ended) = self.customers.try_join_next() {
                panic!("a customer has ended too early: {:?}", ended.err());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn kill_and_restart(self) -> Self {
        let server = self.server.kill_and_restart().await;
        self.door.send_replace(server.client());
        Self { server, ..self }
    }

    /// Checks that readiness and requests fail while the database is stopped, and requests with `Retry-After`.
    async fn assert_away(&self) {
        let answer = self.server.anonymous().get("/readiness").send().await;
        answer.assert_json(503, "readiness without a database");
        let body = json!({"from": ledger::user(0), "to": ledger::user(1), "amount": 1});
        for request in [self.server.client().get("/tocos"), self.server.client().post("/transfers", body)] {
            let answer = request.send().await;
            answer.assert_problem(503, "store-unavailable", "no database");
            assert!(answer.header("Retry-After").is_some(), "{answer:?}");
        }
    }

    /// Waits for the customers, and compares their ledgers with the API. Returns the number of retries.
    async fn finish(self) -> usize {
        let ledgers = self.customers.join_all().await;
        let known = ledgers.into_iter().fold(Ledger::default(), Ledger::merge);
        assert_eq!(known.len(), self.transfers);
        // Requests that a customer gave up may still be running.
        tokio::time::sleep(Duration::from_millis(500)).await;
        known.assert_kept(&self.server.client()).await;
        known.retries()
    }
}

/// A number from the environment.
fn parameter(name: &str, default: usize) -> usize {
    let value = env::var(name).ok().filter(|value| !value.is_empty());
    value.map_or(default, |value| value.parse().unwrap_or_else(|error| panic!("{name}={value}: {error}")))
}
