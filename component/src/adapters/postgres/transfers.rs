//! The statements on transfers, as PostgreSQL understands them.

use async_trait::async_trait;
use spin_sdk::pg::ParameterValue;

use super::store::{PostgresStore, text};
use crate::adapters::columns::{answer, millis, page_of, transfer};
use crate::domain::{Transfer, TransferId, UserName};
use crate::ports::{Answer, StoreError, TransferOrder, Transfers};

/// The function records the request, moves the tocos and answers, all in this statement. It keeps the record for
/// as long as its last argument is after the one before, by the server's clock.
const CARRY_OUT: &str = "SELECT fingerprint, outcome, id::text, from_user, to_user, amount, note, created_at
    FROM transfer_tocos($1, $2, $3, $4::text::uuid, $5, $6, $7, $8,
        $9::bigint, $9::bigint + $10::bigint)";

const FIND: &str = "SELECT id::text, from_user, to_user, amount, note, created_at
    FROM transfers WHERE id = $1::text::uuid";

const HISTORY: &str = "SELECT coalesce(json_agg(
        json_build_array(id, from_user, to_user, amount, note, created_at) ORDER BY page.id DESC
    ), '[]')::text
    FROM (SELECT * FROM transfers WHERE id < $1::text::uuid ORDER BY id DESC LIMIT $2) AS page";

/// Each half is read backwards from its own index, as far as the page needs.
const HISTORY_OF_USER: &str = "SELECT coalesce(json_agg(
        json_build_array(id, from_user, to_user, amount, note, created_at) ORDER BY page.id DESC
    ), '[]')::text
    FROM (
        (SELECT * FROM transfers WHERE from_user = $3 AND id < $1::text::uuid ORDER BY id DESC LIMIT $2)
        UNION ALL
        (SELECT * FROM transfers WHERE to_user = $3 AND id < $1::text::uuid ORDER BY id DESC LIMIT $2)
        ORDER BY id DESC LIMIT $2
    ) AS page";

/// Comes after every id of version 7.
const AFTER_ALL_IDS: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

#[async_trait]
impl Transfers for PostgresStore {
    async fn carry_out(&self, order: &TransferOrder) -> Result<Answer, StoreError> {
        let (caller, key, fingerprint, retention) = order.record();
        let parameters = vec![
            text(&caller),
            text(&key),
            text(&fingerprint),
            text(&order.id),
            text(&order.from),
            text(&order.to),
            ParameterValue::Int64(order.amount.get()),
            order.note.as_ref().map_or(ParameterValue::DbNull, |note| text(&note.as_str())),
            ParameterValue::Int64(order.created_at.as_millis()),
            ParameterValue::Int64(millis(retention)),
        ];
        let rows = self.write(CARRY_OUT, parameters).await?;
        rows.first().map_or(Ok(Answer::InProgress), |row| answer(row, order))
    }

    async fn find(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        let rows = self.read(FIND, vec![text(&id)]).await?;
        rows.first().map(|row| transfer(row, 0)).transpose()
    }

    async fn history(
        &self,
        user: Option<&UserName>,
        before: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, StoreError> {
        let before = before.map_or_else(|| text(&AFTER_ALL_IDS), |id| text(&id));
        let limit = ParameterValue::Int64(limit.into());
        let page = match user {
            None => self.read(HISTORY, vec![before, limit]).await?,
            Some(user) => self.read(HISTORY_OF_USER, vec![before, limit, text(user)]).await?,
        };
        page_of(page.first(), |row| transfer(row, 0))
    }
}
