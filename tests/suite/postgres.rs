//! Cases that only PostgreSQL has: addresses, locks, a pooler, a read-only server.

mod address;
mod locks;
mod pooler;
mod read_only;

use std::time::Duration;

use black_box::{Answer, Database};

/// Maximum time from the end of a fault to the first success.
const RECOVERY: Duration = Duration::from_secs(4);

/// Checks for 503 with `Retry-After`.
fn assert_unavailable(answer: &Answer, case: &str) {
    answer.assert_problem(503, "store-unavailable", case);
    assert!(answer.header("Retry-After").is_some_and(|text| text.parse::<u32>().is_ok()), "{case}: {answer:?}");
}

/// Number of the API's sessions for writes that meet the condition.
async fn writers(database: &Database, condition: &str) -> i64 {
    let sessions = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'mini-api-write'";
    database.number(&format!("{sessions} AND {condition}")).await
}
