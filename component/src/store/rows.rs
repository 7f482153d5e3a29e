//! The rows that the statements of both engines return, and their conversion to the domain.

use chassis::ports::StoreError;
use chassis::types::{Revision, Timestamp};
use serde::Deserialize;

use super::transfers::{TransferOrder, TransferReply};
use super::users::Totals;
use crate::domain::{Amount, Entry, Note, Outcome, Tocos, Transfer, TransferId, UserName, Versioned};

#[derive(Deserialize)]
pub(super) struct EntryRow {
    name: String,
    tocos: i64,
}

#[derive(Deserialize)]
pub(super) struct UserRow {
    name: String,
    tocos: i64,
    incarnation: i64,
    revision: i64,
}

#[derive(Deserialize)]
pub(super) struct RevisionRow {
    incarnation: i64,
    revision: i64,
}

/// The sum of all balances is `tocos_high * 2^32 + tocos_low`.
#[derive(Deserialize)]
pub(super) struct TotalsRow {
    users: i64,
    tocos_high: i64,
    tocos_low: i64,
}

#[derive(Deserialize)]
pub(super) struct TransferRow {
    id: String,
    from: String,
    to: String,
    amount: i64,
    note: Option<String>,
    created_at: i64,
}

/// The first request of an idempotency key.
#[derive(Deserialize)]
pub(super) struct RequestRow {
    fingerprint: String,
    outcome: String,
    id: String,
    from: String,
    to: String,
    amount: i64,
    note: Option<String>,
    created_at: i64,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(EntryRow { name, tocos }: EntryRow) -> Result<Self, StoreError> {
        Ok(Self { user: user(name)?, tocos: Tocos::new(tocos).map_err(StoreError::unexpected)? })
    }
}

impl TryFrom<UserRow> for Versioned {
    type Error = StoreError;

    fn try_from(UserRow { name, tocos, incarnation, revision }: UserRow) -> Result<Self, StoreError> {
        let entry = EntryRow { name, tocos }.try_into()?;
        Ok(Self { entry, revision: RevisionRow { incarnation, revision }.into() })
    }
}

impl From<RevisionRow> for Revision {
    fn from(RevisionRow { incarnation, revision }: RevisionRow) -> Self {
        Self { incarnation, count: revision }
    }
}

impl From<TotalsRow> for Totals {
    fn from(TotalsRow { users, tocos_high, tocos_low }: TotalsRow) -> Self {
        Self { users, tocos: (i128::from(tocos_high) << 32) + i128::from(tocos_low) }
    }
}

impl TryFrom<TransferRow> for Transfer {
    type Error = StoreError;

    fn try_from(TransferRow { id, from, to, amount, note, created_at }: TransferRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: TransferId::parse(&id).ok_or_else(|| StoreError::unexpected("no id"))?,
            from: user(from)?,
            to: user(to)?,
            amount: Amount::new(amount).map_err(StoreError::unexpected)?,
            note: note.map(Note::parse).transpose().map_err(StoreError::unexpected)?,
            created_at: Timestamp::from_millis(created_at),
        })
    }
}

impl RequestRow {
    /// `order` is the first request of its key if the ids are the same.
    pub(super) fn reply_to(self, order: &TransferOrder) -> Result<TransferReply, StoreError> {
        let Self { fingerprint, outcome, id, from, to, amount, note, created_at } = self;
        let request: Transfer = TransferRow { id, from, to, amount, note, created_at }.try_into()?;
        let is_first = request.id == order.id;
        let expected = order.idempotency.as_ref().map(|idempotency| idempotency.fingerprint.as_str());
        if !is_first && expected != Some(&fingerprint) {
            return Ok(TransferReply::KeyReused);
        }
        let outcome = match outcome.as_str() {
            "done" => Outcome::Done(request),
            "unknown giver" => Outcome::UnknownUser(request.from),
            "unknown receiver" => Outcome::UnknownUser(request.to),
            "not enough" => Outcome::NotEnough(request.from),
            "too many" => Outcome::TooMany(request.to),
            other => return Err(StoreError::unexpected(format_args!("the outcome {other}"))),
        };
        Ok(if is_first { TransferReply::First(outcome) } else { TransferReply::Replayed(outcome) })
    }
}

fn user(name: String) -> Result<UserName, StoreError> {
    UserName::of_store(name).map_err(StoreError::unexpected)
}
