//! Transfers and their idempotency keys.

use std::time::Duration;

use chassis::ports::{Row, StoreError, Value};
use chassis::types::{IdempotencyKey, RETENTION, Timestamp};

use super::Store;
use super::rows::{RequestRow, TransferRow};
use super::users::text;
use crate::domain::{Amount, Note, Outcome, Transfer, TransferId, UserName};

#[derive(Clone, Debug)]
pub struct TransferOrder {
    /// The id of the transfer that it may become.
    pub id: TransferId,
    pub from: UserName,
    /// Not `from`.
    pub to: UserName,
    pub amount: Amount,
    pub note: Option<Note>,
    pub created_at: Timestamp,
    pub idempotency: Option<Idempotency>,
}

#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Keys of different callers are independent.
    pub caller: String,
    pub key: IdempotencyKey,
    /// A digest of the request, which distinguishes a retry from another request with the same key.
    pub fingerprint: String,
}

/// Outcome of [`Store::transfer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferReply {
    /// The outcome of this very request.
    First(Outcome),
    /// The outcome of an earlier request of the same key.
    Replayed(Outcome),
    /// The key was used for another request.
    KeyReused,
    /// The first request of this key is still running.
    InProgress,
}

/// After every id of version 7.
const AFTER_ALL_IDS: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

impl Store {
    /// Moves tocos, or returns why not. With an idempotency key the store keeps the outcome, and replays it to a second
    /// request of the same key. A request that comes while the first is running waits for it.
    pub async fn transfer(&self, order: &TransferOrder) -> Result<TransferReply, StoreError> {
        let statement = ("transfer", self.statements.transfer);
        let row = self.write_through(&[&order.from, &order.to], statement, order.parameters(), None).await?;
        row.map_or(Ok(TransferReply::InProgress), |row| row.read::<RequestRow>()?.reply_to(order))
    }

    pub async fn find_transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        let row = self.database.read("find_transfer", self.statements.find_transfer, vec![text(&id)]).await?;
        row.map(|row| row.read::<TransferRow>()?.try_into()).transpose()
    }

    /// Returns at most `limit` transfers before `before`, the newest first; of `user` alone, if given.
    pub async fn list_transfers(
        &self,
        user: Option<&UserName>,
        before: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, StoreError> {
        let before = before.map_or_else(|| text(&AFTER_ALL_IDS), |id| text(&id));
        let mut parameters = vec![before, Value::Integer(limit.into())];
        parameters.extend(user.map(text));
        let statement =
            if user.is_some() { self.statements.list_transfers_of_user } else { self.statements.list_transfers };
        let page = self.database.read("list_transfers", statement, parameters).await?;
        Row::page::<TransferRow>(page)?.into_iter().map(Transfer::try_from).collect()
    }
}

impl TransferOrder {
    fn parameters(&self) -> Vec<Value> {
        let (caller, key, fingerprint, retention) = self.record();
        vec![
            Value::Text(caller),
            Value::Text(key),
            Value::Text(fingerprint),
            text(&self.id),
            text(&self.from),
            text(&self.to),
            Value::Integer(self.amount.get()),
            self.note.as_ref().map_or(Value::Null, |note| text(&note.as_str())),
            Value::Integer(self.created_at.as_millis()),
            Value::Integer(i64::try_from(retention.as_millis()).unwrap_or(i64::MAX)),
        ]
    }

    /// Returns the caller, key, fingerprint and retention of the record. Without an idempotency key the key is the id,
    /// and the record expires at once.
    fn record(&self) -> (String, String, String, Duration) {
        match &self.idempotency {
            Some(Idempotency { caller, key, fingerprint }) => {
                (caller.clone(), key.as_str().to_owned(), fingerprint.clone(), RETENTION)
            }
            None => (String::new(), self.id.to_string(), String::new(), Duration::ZERO),
        }
    }
}
