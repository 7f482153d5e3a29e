use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::OnceCell;

use super::connection::{Connection, NORMAL};
use super::migrations::rows_of_pod;
use crate::ports::{Demand, RateLimiter, Row, StoreError, System, Taken, Unavailable, Value};
use crate::types::RateLimit;

/// Longest wait for the file's write lock: at least as long as a cold start, in which dozens of instances need it.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Latest time, in nanoseconds since 1970: a window before SQLite's largest integer. Later clocks (2262) count as it.
const LATEST: i64 = i64::MAX - RateLimit::MAX_WINDOW.as_nanos() as i64;

/// Takes the demands as JSON, and [`LATEST`]. It has the write lock before it reads the clock, so no time is before the
/// last one. An arrival more than a window ahead, of another limit or of a clock that was set back, counts as a full
/// window. A bucket that is only read and has its whole quota has no row.
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

/// A power cut may lose the last counts. But `synchronous = OFF` would be wrong, because this connection's checkpoints
/// also move commits of the API's tables into the file.
pub(crate) struct SqliteRateLimiter {
    connection: OnceCell<Connection>,
    system: Arc<dyn System>,
}

type Bucket = (String, u32, i64);

impl SqliteRateLimiter {
    pub(crate) fn new(system: Arc<dyn System>) -> Self {
        Self { connection: OnceCell::new(), system }
    }
}

#[async_trait]
impl RateLimiter for SqliteRateLimiter {
    async fn take(&self, demands: &[Demand]) -> Result<Vec<Taken>, Unavailable> {
        let json: Value = demands
            .iter()
            .map(|Demand { bucket, limit, count }| json!([bucket, limit.cost(), limit.capacity(), count]))
            .collect();
        let parameters = vec![json, LATEST.into()];
        let unavailable = |error: StoreError| Unavailable(error.to_string());
        let connection = self.connection.get_or_try_init(|| Connection::open(NORMAL)).await.map_err(unavailable)?;
        let rows = self.system.in_time(TIMEOUT, rows_of_pod(connection, TAKE, parameters, &*self.system)).await?;
        let buckets: Result<Vec<Bucket>, _> = rows.into_iter().map(Row::read).collect();
        let buckets = buckets.map_err(unavailable)?;
        demands.iter().map(|demand| taken(&buckets, demand)).collect()
    }
}

/// Finds the row of a demand, because SQLite returns the rows in any order.
fn taken(buckets: &[Bucket], demand: &Demand) -> Result<Taken, Unavailable> {
    match buckets.iter().find(|(bucket, ..)| *bucket == demand.bucket) {
        Some((_, passed, backlog)) => Ok(Taken { passed: *passed, backlog: *backlog }),
        None if demand.count == 0 => Ok(Taken { passed: 0, backlog: 0 }),
        None => Err(Unavailable("the database returned no row for a bucket".into())),
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
