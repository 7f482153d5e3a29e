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
use crate::domain::RateLimit;
use crate::ports::{Demand, RateLimiter, RateLimiterError, StoreError, System, Taken};

/// Longest wait for the file's write lock, which at a cold start dozens of instances want at once. Who
/// waits longer goes uncounted where that may be, so it is no shorter than such a start takes.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Latest time that the statement knows, in nanoseconds since 1970: a window before the last of SQLite's integers, in
/// the year 2262. A later clock counts as this one.
const LATEST: i64 = i64::MAX - RateLimit::MAX_WINDOW.as_nanos() as i64;

/// The parameters are the demands, as JSON, and [`LATEST`]. The statement has the write lock before it looks at the
/// clock, and so neither sees an older time nor other buckets than those that the last one has left. An arrival more
/// than a window ahead is of another limit or of a clock that was set back: it counts as a full window. A bucket that is
/// only read and has its whole quota is not written, and has no row.
const TAKE: &str = "INSERT INTO rate_limit_buckets (bucket, arrival, passed, taken_at)
    SELECT bucket, start + passed * cost, passed, now
    FROM (
        SELECT bucket, cost, count, start, now, min(count, (capacity - (start - now)) / cost) AS passed
        FROM (
            SELECT value ->> 0 AS bucket, value ->> 1 AS cost, value ->> 2 AS capacity, value ->> 3 AS count, now,
                min(max(ifnull(arrival, now), now), now + (value ->> 2)) AS start
            FROM (SELECT min(CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000000, ?2) AS now)
                CROSS JOIN json_each(?1)
                LEFT JOIN rate_limit_buckets ON bucket = value ->> 0
        )
    )
    WHERE count > 0 OR start > now
    ON CONFLICT (bucket) DO UPDATE SET
        arrival = excluded.arrival, passed = excluded.passed, taken_at = excluded.taken_at
    RETURNING bucket, passed, arrival - taken_at";

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
    async fn take(&self, demands: &[Demand]) -> Result<Vec<Taken>, RateLimiterError> {
        let json: Vec<_> = demands
            .iter()
            .map(|Demand { bucket, limit, count }| json!([bucket, limit.cost(), limit.capacity(), count]))
            .collect();
        let rows = self.rows(TAKE, [Value::Text(json!(json).to_string()), Value::Integer(LATEST)]).await;
        let taken = rows.and_then(|rows| demands.iter().map(|demand| taken(&rows, demand)).collect());
        taken.map_err(|error| RateLimiterError(error.to_string()))
    }
}

/// The columns bucket, passed, backlog; rows come in any order.
fn taken(rows: &[RowResult], demand: &Demand) -> Result<Taken, StoreError> {
    match rows.iter().find(|row| row.text(0) == Ok(&demand.bucket)) {
        Some(row) => Ok(Taken { passed: u32::try_from(row.integer(1)?).unwrap_or_default(), backlog: row.integer(2)? }),
        None if demand.count == 0 => Ok(Taken { passed: 0, backlog: 0 }),
        None => Err(StoreError::Internal("a bucket did not come back".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_time_leaves_room_for_one_window() {
        let window = i64::try_from(RateLimit::MAX_WINDOW.as_nanos()).unwrap();
        assert_eq!(LATEST.checked_add(window), Some(i64::MAX));
    }
}
