//! Single steps of the limiter in each store, at chosen times. The statements come from the adapters' source.

use std::fs;
use std::process::Command;

use black_box::{RedisServer, repository};
use rstest::rstest;
use rusqlite::Connection;

const SECOND: i64 = 1_000_000_000;
const NOW: i64 = 1_800_000_000 * SECOND;
const DAY: i64 = 86_400 * SECOND;

/// A store of buckets.
enum Store {
    Sqlite(Connection),
    /// With the prefix of the keys.
    Redis(RedisServer, String),
}

/// A quota and its window in seconds.
#[derive(Clone, Copy, Debug)]
struct Limit(i64, i64);

impl Limit {
    fn cost(self) -> i64 {
        self.1 * SECOND / self.0
    }

    fn capacity(self) -> i64 {
        self.cost() * self.0
    }
}

fn sqlite() -> Store {
    let connection = Connection::open_in_memory().unwrap();
    let schema = repository::root().join("chassis/src/adapters/sqlite/schema.sql");
    connection.execute_batch(&fs::read_to_string(schema).unwrap()).unwrap();
    Store::Sqlite(connection)
}

fn redis() -> Store {
    Store::Redis(RedisServer::shared(), format!("steps-{:016x}:", fastrand::u64(..)))
}

/// The text of the constant TAKE.
fn take(adapter: &str) -> String {
    let path = repository::root().join("chassis/src/adapters").join(adapter).join("rate_limiter.rs");
    let source = fs::read_to_string(path).unwrap();
    let (_, rest) = source.split_once("const TAKE: &str = \"").unwrap();
    rest.split_once("\";").unwrap().0.to_owned()
}

impl Store {
    /// Takes `count` requests. Returns how many pass, and the backlog after them, in nanoseconds.
    fn take(&self, now: i64, limit: Limit, count: i64) -> (i64, i64) {
        match self {
            Self::Sqlite(connection) => {
                let demand = serde_json::json!([["bucket", limit.cost(), limit.capacity(), count]]).to_string();
                // The second parameter limits the time. With the clock in the far future, it is the time.
                let statement = take("sqlite").replace("unixepoch('subsec')", "9e15");
                let mut statement = connection.prepare(&statement).unwrap();
                let mut rows = statement.query((demand, now)).unwrap();
                // An unused bucket that was only read has no row.
                rows.next().unwrap().map_or((0, 0), |row| (row.get(1).unwrap(), row.get(2).unwrap()))
            }
            Self::Redis(server, prefix) => {
                // Keeps keys from expiring by the real clock.
                let script = take("redis")
                    .replace("redis.call('TIME')", "{ARGV[4], ARGV[5]}")
                    .replace("'PX', math.ceil(backlog / 1e6)", "'KEEPTTL'");
                let numbers = [limit.cost(), limit.capacity(), count, now / SECOND, now % SECOND / 1000];
                let (host, port) = server.host_and_port();
                let output = Command::new("redis-cli")
                    .env("REDISCLI_AUTH", server.password())
                    .args(["-h", &host, "-p", &port, "EVAL", &script, "1", &format!("{prefix}bucket")])
                    .args(numbers.map(|number| number.to_string()))
                    .output()
                    .expect("redis-cli");
                let text = String::from_utf8(output.stdout).unwrap();
                let mut numbers = text.lines().map(|line| line.parse().unwrap_or_else(|_| panic!("{text}")));
                (numbers.next().expect("passed"), numbers.next().expect("a backlog"))
            }
        }
    }
}

#[rstest]
fn a_rate_is_exact_to_one_percent(#[values(sqlite(), redis())] store: Store) {
    let mut now = NOW;
    for limit in
        [Limit(700_000, 1), Limit(999_999, 1), Limit(1_000_000, 1), Limit(600_001, 1), Limit(1_000_000, 86_400)]
    {
        let window = limit.1 * SECOND;
        assert_eq!(store.take(now, limit, limit.0 + 1), (limit.0, limit.capacity()), "{limit:?}");
        assert_eq!(store.take(now, limit, 1).0, 0, "{limit:?}");
        now += window / 2;
        let passed = store.take(now, limit, limit.0).0 as f64;
        let error = passed / (limit.0 as f64 / 2.0) - 1.0;
        assert!(error.abs() < 0.01, "{limit:?}: {error}");
        now += 2 * window;
    }
}

#[rstest]
fn a_bucket_of_a_longer_window_refuses_for_no_longer_than_the_limit_in_force(
    #[values(sqlite(), redis())] store: Store,
    #[values(0, 1)] count: i64,
) {
    let (long, short) = (Limit(2, 86_400), Limit(100, 60));
    assert_eq!(store.take(NOW, long, 2), (2, DAY));
    assert_eq!(store.take(NOW, short, count), (0, short.capacity()));
    assert_eq!(store.take(NOW + short.cost() - 1000, short, 1).0, 0);
    assert_eq!(store.take(NOW + short.cost(), short, 1), (1, short.capacity()), "after Retry-After");
}

#[rstest]
fn a_clock_that_was_set_back_refuses_for_no_longer_than_a_window(
    #[values(sqlite(), redis())] store: Store,
    #[values(0, 1)] count: i64,
    #[values(SECOND, 3600 * SECOND, 50 * 365 * DAY)] back: i64,
) {
    let limit = Limit(10, 10);
    assert_eq!(store.take(NOW, limit, 10), (10, 10 * SECOND));
    assert_eq!(store.take(NOW - back, limit, count), (0, 10 * SECOND));
    assert_eq!(store.take(NOW - back + SECOND, limit, 2), (1, 10 * SECOND), "one second later");
}

#[rstest]
fn reading_takes_nothing(#[values(sqlite(), redis())] store: Store) {
    let limit = Limit(2, 10);
    assert_eq!(store.take(NOW, limit, 0), (0, 0));
    assert_eq!(store.take(NOW, limit, 1), (1, 5 * SECOND));
    assert_eq!(store.take(NOW, limit, 0), (0, 5 * SECOND));
    assert_eq!(store.take(NOW, limit, 5), (1, 10 * SECOND));
}

#[test]
fn sqlite_counts_up_to_the_latest_time_whatever_is_stored() {
    let (latest, limit) = (i64::MAX - DAY, Limit(2, 86_400));
    let store = sqlite();
    let Store::Sqlite(connection) = &store else { unreachable!() };
    for (arrival, expected) in [(i64::MAX, (0, DAY)), (latest, (2, DAY)), (i64::MIN, (2, DAY))] {
        connection.execute("DELETE FROM rate_limit_buckets", []).unwrap();
        connection
            .execute("INSERT INTO rate_limit_buckets VALUES ('bucket', ?1, 0, ?1 - 1)", [arrival.max(i64::MIN + 1)])
            .unwrap();
        assert_eq!(store.take(latest, limit, 3), expected, "{arrival}");
    }
    let demand = serde_json::json!([["bucket", limit.cost(), limit.capacity(), 2]]).to_string();
    let beyond = take("sqlite").replace("unixepoch('subsec')", "9e15");
    connection.execute("DELETE FROM rate_limit_buckets", []).unwrap();
    connection.execute(&beyond, (&demand, latest + 1)).unwrap_err();
}
