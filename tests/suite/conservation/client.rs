//! A customer, who makes transfers and retries until the outcome of each is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use black_box::{Answer, Client, PROBLEM_TYPE, Request};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::USERS;
use super::ledger::{Fate, Ledger, Transfer, user};

/// Longest time that a transfer may stay unacknowledged, outages included.
const PATIENCE: Duration = Duration::from_secs(60);
/// One in this many transfers is sent once, without an idempotency key, and given up if its response is late.
const CARELESS: usize = 16;
/// One in this many acknowledged transfers is sent again.
const DOUBTFUL: usize = 8;
/// Maximum amount. Some senders have less.
const MOST: u64 = 700;

pub(super) struct Customer {
    door: watch::Receiver<Client>,
    begun: Arc<AtomicUsize>,
    transfers: usize,
    ledger: Ledger,
}

impl Customer {
    pub(super) fn new(door: watch::Receiver<Client>, begun: Arc<AtomicUsize>, transfers: usize) -> Self {
        Self { door, begun, transfers, ledger: Ledger::default() }
    }

    /// Makes transfers until all have begun. Returns their outcomes.
    pub(super) async fn run(mut self) -> Ledger {
        loop {
            let number = self.begun.fetch_add(1, Ordering::Relaxed);
            if number >= self.transfers {
                return self.ledger;
            }
            let transfer = random_transfer(number);
            let fate = if number.is_multiple_of(CARELESS) {
                self.send_once(&transfer).await
            } else {
                self.send_until_acknowledged(&transfer).await
            };
            self.ledger.add(transfer, fate);
        }
    }

    /// Sends the transfer without a key, so it must not retry.
    async fn send_once(&self, transfer: &Transfer) -> Fate {
        let patience = Duration::from_micros(fastrand::u64(500..200_000));
        match timeout(patience, self.request(transfer).try_send()).await {
            Ok(Ok(answer)) if answer.status != 503 => fate(&answer),
            // The database may have committed the transfer before the outage.
            Ok(Ok(answer)) => {
                assert_may_be_tried_again(&answer);
                Fate::Unknown
            }
            Ok(Err(_)) | Err(_) => Fate::Unknown,
        }
    }

    async fn send_until_acknowledged(&mut self, transfer: &Transfer) -> Fate {
        let answer = self.acknowledgement(transfer).await;
        if transfer.number % DOUBTFUL == 1 {
            let again = self.acknowledgement(transfer).await;
            assert_eq!(again.header("Idempotent-Replayed"), Some("true"), "{again:?}");
            assert_eq!(fate(&again), fate(&answer), "the first answer again");
        }
        fate(&answer)
    }

    /// Retries with the same key until a response says the outcome.
    async fn acknowledgement(&mut self, transfer: &Transfer) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let request = self.request(transfer).header("Idempotency-Key", &transfer.note());
            match request.try_send().await {
                Ok(answer) if is_to_be_tried_again(&answer) => assert_may_be_tried_again(&answer),
                Ok(answer) => return answer,
                // The server is down, or was killed before it could answer.
                Err(_) => {}
            }
            self.ledger.count_retry();
            sleep(Duration::from_millis(fastrand::u64(5..50))).await;
        }
        panic!("{transfer:?} is not acknowledged within {PATIENCE:?}");
    }

    fn request(&self, transfer: &Transfer) -> Request {
        self.door.borrow().post("/transfers", body(transfer))
    }
}

/// Returns a transfer between two random users.
fn random_transfer(number: usize) -> Transfer {
    let from = fastrand::usize(..USERS);
    let to = (from + fastrand::usize(1..USERS)) % USERS;
    Transfer { number, from: user(from), to: user(to), amount: fastrand::u64(1..=MOST) }
}

fn body(transfer: &Transfer) -> Value {
    json!({"from": transfer.from, "to": transfer.to, "amount": transfer.amount, "note": transfer.note()})
}

fn fate(answer: &Answer) -> Fate {
    if answer.status == 201 {
        let made = answer.json();
        return Fate::Made(made["id"].as_str().expect("an id").to_owned());
    }
    answer.assert_problem(409, "not-enough-tocos", "the only reason to refuse");
    Fate::Refused
}

fn is_to_be_tried_again(answer: &Answer) -> bool {
    answer.status == 503
        || (answer.status == 409 && answer.json()["type"] == format!("{PROBLEM_TYPE}request-in-progress"))
}

fn assert_may_be_tried_again(answer: &Answer) {
    let seconds: Option<u32> = answer.header("Retry-After").and_then(|text| text.parse().ok());
    assert!(seconds.is_some(), "{answer:?}");
}
