//! Rate limits in SQLite, Spin's database `default`, which each pod has for itself.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use serde_json::json;
use spin_sdk::sqlite::{RowResult, Value};
use tokio::sync::OnceCell;

use super::connection::{Connection, Durability};
use super::migrations;
use crate::adapters::columns::Columns;
use crate::ports::{Demand, RateLimiter, RateLimiterError, StoreError, System, Taken};

/// Longest wait for the file's write lock, which at a cold start dozens of instances want at once. Who
/// waits longer goes uncounted where that may be, so it is no shorter than such a start takes.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The parameters are the demands, as JSON, and now. The statement has the write lock from its start,
/// and so sees what all others have left. A bucket without a row has the whole of its capacity.
const TAKE: &str = "INSERT INTO rate_limits (bucket, arrival, passed, asked_at)
    SELECT bucket, start + passed * cost, passed, ?2
    FROM (
        SELECT bucket, cost, start, max(0, min(count, (capacity - (start - ?2)) / cost)) AS passed
        FROM (
            SELECT value ->> 0 AS bucket, value ->> 1 AS cost, value ->> 2 AS capacity, value ->> 3 AS count,
                max(ifnull(rate_limits.arrival, ?2), ?2) AS start
            FROM json_each(?1) LEFT JOIN rate_limits ON rate_limits.bucket = value ->> 0
        )
    )
    WHERE true
    ON CONFLICT (bucket) DO UPDATE SET
        arrival = excluded.arrival, passed = excluded.passed, asked_at = excluded.asked_at
    RETURNING bucket, passed, arrival";

/// The parameters are the bucket, and what its requests have cost.
const GIVE_BACK: &str = "UPDATE rate_limits SET arrival = arrival - ?2 WHERE bucket = ?1";

/// The buckets of a pod, over one connection, which the first request opens. A power cut may take
/// the last counts, so a commit needn't wait for the disk; but `synchronous = OFF` would be wrong,
/// as this connection's checkpoints move the tocos' commits too.
pub struct SqliteRateLimiter {
    connection: OnceCell<Connection>,
    seed_demo_data: bool,
    system: Arc<dyn System>,
}

impl SqliteRateLimiter {
    /// A limiter that puts the demo users into a new database if `seed_demo_data` says so, as it may
    /// be the first to see it.
    pub fn new(seed_demo_data: bool, system: Arc<dyn System>) -> Self {
        Self { connection: OnceCell::new(), seed_demo_data, system }
    }

    /// As for counts, the schema is looked at only when a statement fails.
    async fn rows(&self, statement: &str, parameters: [Value; 2]) -> Result<Vec<RowResult>, StoreError> {
        let connection = self.connection.get_or_try_init(|| Connection::open(Durability::Normal)).await?;
        match self.in_time(connection.rows(statement, parameters.clone())).await {
            Err(StoreError::Internal(_)) => {
                migrations::apply(connection, self.seed_demo_data, &*self.system).await?;
                self.in_time(connection.rows(statement, parameters)).await
            }
            done => done,
        }
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        match select(pin!(work), self.system.sleep(TIMEOUT)).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => {
                Err(StoreError::Unavailable(format!("SQLite was locked for {} ms", TIMEOUT.as_millis())))
            }
        }
    }
}

#[async_trait]
impl RateLimiter for SqliteRateLimiter {
    async fn take(&self, demands: &[Demand], now: i64) -> Result<Vec<Taken>, RateLimiterError> {
        let json: Vec<_> = demands
            .iter()
            .map(|Demand { bucket, limit, count }| json!([bucket, limit.cost(), limit.capacity(), count]))
            .collect();
        let rows = self.rows(TAKE, [Value::Text(json!(json).to_string()), Value::Integer(now)]).await;
        let taken = rows.and_then(|rows| demands.iter().map(|demand| taken(&rows, &demand.bucket)).collect());
        taken.map_err(|error| RateLimiterError(error.to_string()))
    }

    async fn give_back(&self, Demand { bucket, limit, count }: &Demand) -> Result<(), RateLimiterError> {
        let cost = limit.cost().saturating_mul(i64::from(*count));
        let done = self.rows(GIVE_BACK, [Value::Text(bucket.clone()), Value::Integer(cost)]).await;
        done.map(drop).map_err(|error| RateLimiterError(error.to_string()))
    }
}

/// The columns bucket, passed, arrival; rows come in any order.
fn taken(rows: &[RowResult], bucket: &str) -> Result<Taken, StoreError> {
    let row = rows.iter().find(|row| row.text(0) == Ok(bucket));
    let row = row.ok_or_else(|| StoreError::Internal("a bucket did not come back".into()))?;
    Ok(Taken { passed: u32::try_from(row.integer(1)?).unwrap_or_default(), arrival: row.integer(2)? })
}
