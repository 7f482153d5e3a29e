//! The statements on transfers, as SQLite understands them.

use async_trait::async_trait;
use spin_sdk::sqlite::Value;

use super::store::{SqliteStore, text};
use crate::adapters::columns::{answer, millis, page_of, transfer};
use crate::domain::{Transfer, TransferId, UserName};
use crate::ports::{Answer, StoreError, TransferOrder, Transfers};

/// Records a request with what becomes of it; the trigger carry_out_transfer moves the tocos in
/// this very statement. No row comes back when there is a request of the same key already.
const CARRY_OUT: &str = "INSERT INTO transfer_requests
        (caller, key, fingerprint, outcome, id, from_user, to_user, amount, note, created_at, expires_at)
    SELECT ?1, ?2, ?3,
        CASE
            WHEN giver IS NULL THEN 'unknown giver'
            WHEN receiver IS NULL THEN 'unknown receiver'
            WHEN giver < ?7 THEN 'not enough'
            WHEN receiver > 9007199254740991 - ?7 THEN 'too many'
            ELSE 'done'
        END,
        ?4, ?5, ?6, ?7, ?8, ?9, CAST(unixepoch('subsec') * 1000 AS INTEGER) + ?10
    FROM (
        SELECT (SELECT tocos FROM users WHERE name = ?5) AS giver,
            (SELECT tocos FROM users WHERE name = ?6) AS receiver
    )
    WHERE true
    ON CONFLICT (caller, key) DO NOTHING
    RETURNING fingerprint, outcome, id, from_user, to_user, amount, note, created_at";

const FIRST_REQUEST: &str = "SELECT fingerprint, outcome, id, from_user, to_user, amount, note, created_at
    FROM transfer_requests WHERE caller = ?1 AND key = ?2";

const FIND: &str = "SELECT id, from_user, to_user, amount, note, created_at FROM transfers WHERE id = ?1";

const HISTORY: &str =
    "SELECT json_group_array(json_array(id, from_user, to_user, amount, note, created_at) ORDER BY id DESC)
    FROM (SELECT * FROM transfers WHERE id < ?1 ORDER BY id DESC LIMIT ?2)";

/// Each half is read backwards from its own index, as far as the page needs.
const HISTORY_OF_USER: &str =
    "SELECT json_group_array(json_array(id, from_user, to_user, amount, note, created_at) ORDER BY id DESC)
    FROM (
        SELECT * FROM (SELECT * FROM transfers WHERE from_user = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2)
        UNION ALL
        SELECT * FROM (SELECT * FROM transfers WHERE to_user = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2)
        ORDER BY id DESC LIMIT ?2
    )";

/// Comes after every id: they are made of digits and letters up to `f`.
const AFTER_ALL_IDS: &str = "g";

#[async_trait]
impl Transfers for SqliteStore {
    async fn carry_out(&self, order: &TransferOrder) -> Result<Answer, StoreError> {
        let (caller, key, fingerprint, retention) = order.record();
        let parameters = [
            text(&caller),
            text(&key),
            text(&fingerprint),
            text(&order.id),
            text(&order.from),
            text(&order.to),
            Value::Integer(order.amount.get()),
            order.note.as_ref().map_or(Value::Null, |note| text(&note.as_str())),
            Value::Integer(order.created_at.as_millis()),
            Value::Integer(millis(retention)),
        ];
        let mut row = self.write(CARRY_OUT, parameters).await?;
        if row.is_none() {
            row = self.look_up(FIRST_REQUEST, [text(&caller), text(&key)]).await?;
        }
        row.map_or(Ok(Answer::InProgress), |row| answer(&row, order))
    }

    async fn find(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        let row = self.look_up(FIND, [text(&id)]).await?;
        row.map(|row| transfer(&row, 0)).transpose()
    }

    async fn history(
        &self,
        user: Option<&UserName>,
        before: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, StoreError> {
        let before = before.map_or_else(|| text(&AFTER_ALL_IDS), |id| text(&id));
        let limit = Value::Integer(limit.into());
        let page = match user {
            None => self.look_up(HISTORY, [before, limit]).await?,
            Some(user) => self.look_up(HISTORY_OF_USER, [before, limit, text(user)]).await?,
        };
        page_of(page.as_ref(), |row| transfer(row, 0))
    }
}
