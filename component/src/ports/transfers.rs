//! Where transfers are made and kept.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Amount, IdempotencyKey, Note, Outcome, RETENTION, Timestamp, Transfer, TransferId, UserName};

/// The transfers of a [`super::Store`].
#[async_trait]
pub trait Transfers: Send + Sync {
    /// Moves tocos, or says why not. With an idempotency key the outcome is kept, and a second
    /// request of the same key gets it again instead of a transfer of its own; one that comes
    /// while the first is running waits for it.
    async fn carry_out(&self, order: &TransferOrder) -> Result<Answer, StoreError>;

    /// The transfer of this id.
    async fn find(&self, id: TransferId) -> Result<Option<Transfer>, StoreError>;

    /// At most `limit` transfers before `before`, the newest first, of `user` alone if one is given.
    async fn history(
        &self,
        user: Option<&UserName>,
        before: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, StoreError>;
}

/// A request to transfer.
#[derive(Clone, Debug)]
pub struct TransferOrder {
    /// The id of the transfer that it may become.
    pub id: TransferId,
    /// Who gives.
    pub from: UserName,
    /// Who gets; not `from`.
    pub to: UserName,
    /// How much.
    pub amount: Amount,
    /// What for.
    pub note: Option<Note>,
    /// The time of the request.
    pub created_at: Timestamp,
    /// How a repetition is known.
    pub idempotency: Option<Idempotency>,
}

impl TransferOrder {
    /// How the request is recorded: its caller, key and fingerprint, and for how long, by the store's clock. One
    /// without an idempotency key has its own id as the key, and is kept no longer than it takes.
    pub fn record(&self) -> (String, String, String, Duration) {
        match &self.idempotency {
            Some(Idempotency { caller, key, fingerprint }) => {
                (caller.clone(), key.as_str().to_owned(), fingerprint.clone(), RETENTION)
            }
            None => (String::new(), self.id.to_string(), String::new(), Duration::ZERO),
        }
    }
}

/// How a repeated request is known.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Whose key it is: keys of different callers never meet.
    pub caller: String,
    /// The key that the caller chose.
    pub key: IdempotencyKey,
    /// A digest of the request, to tell a repetition from another request under the same key.
    pub fingerprint: String,
}

/// What [`Transfers::carry_out`] answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The outcome of this very request.
    First(Outcome),
    /// The outcome of an earlier request of the same key.
    Replayed(Outcome),
    /// The key was used for another request.
    KeyReused,
    /// The first request of this key is still running.
    InProgress,
}
