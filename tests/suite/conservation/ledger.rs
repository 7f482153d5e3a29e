//! The outcomes of transfers, as their customers know them.

use std::collections::{BTreeMap, BTreeSet};

use black_box::Client;
use serde_json::Value;

use super::{START, USERS};

/// A requested transfer.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    pub(super) number: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) amount: u64,
}

/// The outcome of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was acknowledged under this id.
    Made(String),
    /// It was refused for good.
    Refused,
    /// No response arrived, or none that says the outcome.
    Unknown,
}

/// All requested transfers, with their outcomes.
#[derive(Default)]
pub(super) struct Ledger {
    transfers: BTreeMap<String, (Transfer, Fate)>,
    /// Number of retries, after no response or one that asks for a retry.
    retries: usize,
}

impl Transfer {
    /// The unique note of the transfer.
    pub(super) fn note(&self) -> String {
        format!("transfer-{}", self.number)
    }
}

pub(super) fn user(number: usize) -> String {
    format!("user-{number}")
}

impl Ledger {
    pub(super) fn add(&mut self, transfer: Transfer, fate: Fate) {
        self.transfers.insert(transfer.note(), (transfer, fate));
    }

    pub(super) fn count_retry(&mut self) {
        self.retries += 1;
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        self.transfers.extend(other.transfers);
        self.retries += other.retries;
        self
    }

    pub(super) fn len(&self) -> usize {
        self.transfers.len()
    }

    pub(super) fn retries(&self) -> usize {
        self.retries
    }

    /// Panics unless the API lists every acknowledged transfer exactly once, no refused one, and each other at most
    /// once. The balances must follow from these transfers.
    pub(super) async fn assert_kept(&self, client: &Client) {
        let history = all(client, "/transfers?limit=1000").await;
        let mut balances: BTreeMap<String, i128> = (0..USERS).map(|number| (user(number), START.into())).collect();
        let mut seen = BTreeSet::new();
        for made in &history {
            let note = made["note"].as_str().expect("a note");
            assert!(seen.insert(note), "{note} occurs twice");
            let (transfer, fate) = self.transfers.get(note).unwrap_or_else(|| panic!("no customer requested {made}"));
            assert_eq!((&made["from"], &made["to"]), (&transfer.from.as_str().into(), &transfer.to.as_str().into()));
            assert_eq!(made["amount"], transfer.amount, "{made}");
            match fate {
                Fate::Made(id) => assert_eq!(made["id"], id.as_str(), "{made}"),
                Fate::Refused => panic!("{made} was refused"),
                Fate::Unknown => {}
            }
            *balances.get_mut(&transfer.from).unwrap() -= i128::from(transfer.amount);
            *balances.get_mut(&transfer.to).unwrap() += i128::from(transfer.amount);
        }
        for (note, (transfer, fate)) in &self.transfers {
            assert!(!matches!(fate, Fate::Made(_)) || seen.contains(note.as_str()), "{transfer:?} is lost");
        }
        self.assert_balances(client, &balances).await;
    }

    async fn assert_balances(&self, client: &Client, expected: &BTreeMap<String, i128>) {
        let entries = all(client, "/tocos?limit=1000").await;
        let tocos = |entry: &Value| entry["tocos"].as_u64().expect("a balance that is not negative");
        let balances: BTreeMap<String, i128> = entries
            .iter()
            .map(|entry| (entry["user"].as_str().expect("a user").to_owned(), tocos(entry).into()))
            .collect();
        assert_eq!(&balances, expected, "balances follow from the transfers");
        assert_eq!(balances.values().sum::<i128>(), i128::from(START) * USERS as i128, "the sum is unchanged");
        let count = |fate: fn(&Fate) -> bool| self.transfers.values().filter(|(_, known)| fate(known)).count();
        let (made, refused) = (count(|fate| matches!(fate, Fate::Made(_))), count(|fate| *fate == Fate::Refused));
        println!("{} transfers: {made} made, {refused} refused, {} sent again", self.len(), self.retries);
        assert!(made > self.len() / 4 && refused > 0, "a mix of both");
    }
}

/// The items of every page.
async fn all(client: &Client, first: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let answer = client.get(&path).send().await;
        items.extend(answer.assert_json(200, &path).as_array().expect("an array").iter().cloned());
        next = answer.next_page();
    }
    items
}
