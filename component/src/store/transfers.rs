use std::time::Duration;

use chassis::ports::{Row, StoreError, StoreResult, Value};
use chassis::types::{IdempotencyKey, RETENTION};

use super::Store;
use crate::domain::{Outcome, Transfer, TransferId, UserName};

#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Keys of different callers are independent.
    pub caller: String,
    pub key: IdempotencyKey,
    /// A digest of the request, to distinguish a retry from another request.
    pub fingerprint: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferReply {
    First(Outcome),
    /// The outcome of an earlier request with the same key.
    Replayed(Outcome),
    /// Another request has used the key.
    KeyReused,
    /// The statement sees no record of the first request of this key, which has not ended yet.
    InProgress,
}

const AFTER_ALL_IDS: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

impl Store {
    /// Makes a transfer. A second request with the same idempotency key gets the outcome of the first, for which it waits.
    pub async fn transfer(&self, transfer: &Transfer, idempotency: Option<&Idempotency>) -> StoreResult<TransferReply> {
        let (users, statement) = ([&transfer.from, &transfer.to], ("transfer", self.statements.transfer));
        let row = self.write_through(&users, statement, parameters(transfer, idempotency), None).await?;
        row.map_or(Ok(TransferReply::InProgress), |row| reply(row, transfer, idempotency))
    }

    pub async fn find_transfer(&self, id: TransferId) -> StoreResult<Option<Transfer>> {
        let row =
            self.database.read("find_transfer", self.statements.find_transfer, vec![id.to_string().into()]).await?;
        row.map(Row::read).transpose()
    }

    /// Returns at most `limit` transfers before `before`, the newest first.
    pub async fn list_transfers(
        &self,
        user: Option<&UserName>,
        before: Option<TransferId>,
        limit: u32,
    ) -> StoreResult<Vec<Transfer>> {
        let before = before.map_or_else(|| AFTER_ALL_IDS.to_owned(), |id| id.to_string());
        let mut parameters = vec![before.into(), limit.into()];
        parameters.extend(user.map(|user| Value::from(user.as_str())));
        let statement =
            if user.is_some() { self.statements.list_transfers_of_user } else { self.statements.list_transfers };
        self.database.read("list_transfers", statement, parameters).await.and_then(Row::page)
    }
}

/// Without an idempotency key the record's key is the transfer's id, and the record expires at once.
fn parameters(transfer: &Transfer, idempotency: Option<&Idempotency>) -> Vec<Value> {
    let id = transfer.id.to_string();
    let (caller, key, fingerprint, retention) = match idempotency {
        Some(record) => (record.caller.as_str(), record.key.as_str(), record.fingerprint.as_str(), RETENTION),
        None => ("", id.as_str(), "", Duration::ZERO),
    };
    vec![
        caller.into(),
        key.into(),
        fingerprint.into(),
        id.as_str().into(),
        transfer.from.as_str().into(),
        transfer.to.as_str().into(),
        transfer.amount.get().into(),
        transfer.note.as_ref().map(|note| note.as_str()).into(),
        transfer.created_at.as_millis().into(),
        (retention.as_secs() * 1000).into(),
    ]
}

/// Reads the first request of the key, and its outcome. It is this very request if the ids are the same.
fn reply(row: Row, transfer: &Transfer, idempotency: Option<&Idempotency>) -> StoreResult<TransferReply> {
    let mut columns = row.0.into_iter();
    let (fingerprint, outcome): (String, String) = Row(columns.by_ref().take(2).collect()).read()?;
    let request: Transfer = Row(columns.collect()).read()?;
    let is_first = request.id == transfer.id;
    if !is_first && idempotency.is_none_or(|idempotency| idempotency.fingerprint != fingerprint) {
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
