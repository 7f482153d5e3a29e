//! Runs short reads inline, on the thread of the async runtime.
//!
//! Passing a statement to a blocking thread, and its rows back, takes several times as long as a lookup in SQLite. So a
//! read runs inline first, within bounds. If it exceeds one, its rows are dropped and it starts again on a thread.

use std::ffi::c_int;
use std::time::Duration;

use super::rows::collect;
use crate::spin::sqlite::bindings::{Error, QueryResult, Value};
use crate::spin::stream::CHANNEL_CAPACITY;

/// Maximum length of a read, in instructions of SQLite's virtual machine: about 1 ms, at 20 instructions per
/// microsecond. Other requests of the thread wait meanwhile.
const MAX_INSTRUCTIONS: c_int = 20_000;

/// First words of statements that may be a read.
const SELECTS: [&str; 2] = ["SELECT", "WITH"];

/// Maximum size of all rows, in bytes: several pages of the largest entries.
const MAX_SIZE: usize = 256 << 10;

/// An open connection, which switches between bounded and unbounded statements.
#[derive(Debug)]
pub(super) struct OpenConnection {
    sqlite: rusqlite::Connection,
    /// The lock timeout to restore, which the guest may have set. `Some` while the bounds are set: then SQLite does not
    /// wait for locks.
    lock_timeout: Option<Duration>,
}

impl OpenConnection {
    pub(super) fn new(sqlite: rusqlite::Connection) -> Self {
        Self { sqlite, lock_timeout: None }
    }

    /// Returns what a statement reads, in at most [`CHANNEL_CAPACITY`] rows. Returns `None` if it has to run on a
    /// thread: it writes, exceeds a bound, waits for a lock, or fails.
    pub(super) fn read_inline(&mut self, statement: &str, parameters: &[Value]) -> Option<QueryResult> {
        // `readonly` alone would also accept BEGIN, COMMIT, ATTACH and PRAGMA.
        if !SELECTS.iter().any(|word| starts_with(statement, word)) {
            return None;
        }
        self.set_bounds().ok()?;
        read(&self.sqlite, statement, parameters)
    }

    /// Removes the bounds, for statements on a thread.
    pub(super) fn unbounded(&mut self) -> rusqlite::Result<&rusqlite::Connection> {
        if let Some(timeout) = self.lock_timeout.take() {
            self.sqlite.progress_handler(0, None::<fn() -> bool>);
            self.sqlite.busy_timeout(timeout)?;
        }
        Ok(&self.sqlite)
    }

    /// Sets the bounds. They stay until [`Self::unbounded`], because most reads follow another read.
    fn set_bounds(&mut self) -> rusqlite::Result<()> {
        if self.lock_timeout.is_none() {
            let millis = self.sqlite.query_row("PRAGMA busy_timeout", [], |row| row.get(0))?;
            self.lock_timeout = Some(Duration::from_millis(millis));
            self.sqlite.busy_timeout(Duration::ZERO)?;
            self.sqlite.progress_handler(MAX_INSTRUCTIONS, Some(|| true));
        }
        Ok(())
    }
}

fn read(sqlite: &rusqlite::Connection, statement: &str, parameters: &[Value]) -> Option<QueryResult> {
    let mut statement = sqlite.prepare_cached(statement).ok()?;
    if !statement.readonly() {
        return None;
    }
    let check = |rows, size| {
        if rows > CHANNEL_CAPACITY || size > MAX_SIZE {
            return Err(Error::Io("more than fits".to_owned()));
        }
        Ok(())
    };
    collect(&mut statement, parameters, check).ok()
}

fn starts_with(statement: &str, word: &str) -> bool {
    statement.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use rusqlite::Connection;
    use tempfile::TempDir;

    use super::*;

    /// Selects from the numbers 1 to `?1`.
    const COUNT: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?1) SELECT ";

    fn memory() -> OpenConnection {
        let sqlite = Connection::open_in_memory().unwrap();
        sqlite.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)").unwrap();
        OpenConnection::new(sqlite)
    }

    fn lock_timeout(open: &mut OpenConnection) -> i64 {
        open.unbounded().unwrap().query_row("PRAGMA busy_timeout", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn what_reads_a_little_is_done() {
        let result = memory().read_inline("select a, 'x' AS b FROM t WHERE a = ?1", &[Value::Integer(2)]).unwrap();
        assert_eq!(result.columns, ["a", "b"]);
        assert!(matches!(&result.rows[0].values[..], [Value::Integer(2), Value::Text(text)] if text == "x"));
        assert_eq!(memory().read_inline("SELECT a FROM t WHERE a = 3", &[]).unwrap().rows.len(), 0);
    }

    #[test]
    fn what_does_more_than_read_is_not_begun() {
        let mut open = memory();
        for statement in [
            "INSERT INTO t VALUES (3) RETURNING a",
            "DELETE FROM t RETURNING a",
            "BEGIN",
            "ATTACH ':memory:' AS other",
            "PRAGMA user_version = 5",
            "PRAGMA busy_timeout = 5",
            "WITH x(a) AS (SELECT 3) INSERT INTO t SELECT a FROM x RETURNING a",
        ] {
            assert!(open.read_inline(statement, &[]).is_none(), "{statement}");
        }
        assert!(open.unbounded().unwrap().is_autocommit());
        assert_eq!(lock_timeout(&mut open), 5_000);
        let left = open.read_inline("SELECT count(*), (SELECT count(*) FROM pragma_database_list) FROM t", &[]);
        assert!(matches!(left.unwrap().rows[0].values[..], [Value::Integer(2), Value::Integer(1)]));
    }

    #[test]
    fn what_fails_is_left_to_the_thread() {
        for statement in ["SELEKT", "SELECT abs(-9223372036854775808)"] {
            assert!(memory().read_inline(statement, &[]).is_none(), "{statement}");
        }
    }

    #[test]
    fn rows_and_their_size_are_bounded() {
        let mut open = memory();
        let rows = format!("{COUNT} i FROM n");
        let most = i64::try_from(CHANNEL_CAPACITY).unwrap();
        assert_eq!(open.read_inline(&rows, &[Value::Integer(most)]).unwrap().rows.len(), CHANNEL_CAPACITY);
        assert!(open.read_inline(&rows, &[Value::Integer(most + 1)]).is_none());
        let most = i64::try_from(MAX_SIZE - size_of::<Value>()).unwrap();
        assert!(open.read_inline("SELECT zeroblob(?1)", &[Value::Integer(most)]).is_some());
        assert!(open.read_inline("SELECT zeroblob(?1)", &[Value::Integer(most + 1)]).is_none());
    }

    #[test]
    fn instructions_are_bounded_and_only_here() {
        let mut open = memory();
        let count = format!("{COUNT} count(*) FROM n");
        assert!(open.read_inline(&count, &[Value::Integer(100)]).is_some());
        assert!(open.read_inline(&count, &[Value::Integer(100_000)]).is_none());
        let counted: i64 = open.unbounded().unwrap().query_row(&count, [100_000], |row| row.get(0)).unwrap();
        assert_eq!(counted, 100_000);
    }

    #[test]
    fn the_guests_own_timeout_stays() {
        let mut open = memory();
        open.unbounded().unwrap().execute_batch("PRAGMA busy_timeout = 1234").unwrap();
        assert!(open.read_inline("SELECT a FROM t", &[]).is_some());
        assert_eq!(lock_timeout(&mut open), 1234);
    }

    #[test]
    fn a_lock_is_waited_for_only_elsewhere() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("test.db");
        let (writer, mut reader) =
            (Connection::open(&path).unwrap(), OpenConnection::new(Connection::open(&path).unwrap()));
        writer.execute_batch("CREATE TABLE t (a); BEGIN EXCLUSIVE").unwrap();
        assert!(reader.read_inline("SELECT count(*) FROM t", &[]).is_none());
        let released = Arc::new(AtomicBool::new(false));
        let is_released = released.clone();
        let writing = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            released.store(true, Ordering::SeqCst);
            writer.execute_batch("COMMIT").unwrap();
        });
        reader.unbounded().unwrap().query_row("SELECT count(*) FROM t", [], |_| Ok(())).unwrap();
        assert!(is_released.load(Ordering::SeqCst));
        writing.join().unwrap();
    }
}
