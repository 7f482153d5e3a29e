//! Who has how many tocos, in the API's own schema on SQLite.

use std::time::SystemTime;

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use r2d2_sqlite::rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::problem::Problem;

/// Most tocos of a user.
pub(crate) const MAX_TOCOS: i64 = (1 << 53) - 1;

/// Connections that read. More would only wait for one another: there are no more cores.
const READERS: u32 = 8;

/// Readers that share the file with one writer, as SQLite allows no more of those.
pub(crate) struct Store {
    readers: Pool<SqliteConnectionManager>,
    writer: Pool<SqliteConnectionManager>,
}

#[derive(Serialize)]
pub(crate) struct Entry {
    pub(crate) user: String,
    tocos: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTransfer {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) amount: i64,
    pub(crate) note: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Transfer {
    pub(crate) id: String,
    from: String,
    to: String,
    amount: i64,
    note: Option<String>,
    created_at: String,
}

impl Store {
    pub(crate) fn open(file: &str) -> Result<Self, r2d2::Error> {
        let pool = |connections| {
            // A commit is acknowledged when it is on the disk, as the API's.
            let prepare = |connection: &mut Connection| {
                connection
                    .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;")
            };
            let manager = SqliteConnectionManager::file(file).with_init(prepare);
            Pool::builder().max_size(connections).test_on_check_out(false).build(manager)
        };
        Ok(Self { readers: pool(READERS)?, writer: pool(1)? })
    }

    pub(crate) async fn get(&self, user: String) -> Result<Option<(Entry, String)>, Problem> {
        run(&self.readers, move |connection| {
            let sql = "SELECT name, tocos, incarnation, revision FROM users WHERE name = ?1";
            let read = |row: &Row<'_>| Ok((entry(row)?, tag(row.get(2)?, row.get(3)?)));
            Ok(connection.prepare_cached(sql)?.query_row([user], read).optional()?)
        })
        .await
    }

    pub(crate) async fn list(&self, after: String, limit: u32) -> Result<Vec<Entry>, Problem> {
        run(&self.readers, move |connection| {
            let sql = "SELECT name, tocos FROM users WHERE name > ?1 ORDER BY name LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let entries = statement.query_map(params![after, limit], entry)?;
            Ok(entries.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The entry, its tag, and whether the user is new.
    pub(crate) async fn put(&self, user: String, tocos: i64) -> Result<(Entry, String, bool), Problem> {
        run(&self.writer, move |connection| {
            let sql = "INSERT INTO users (name, tocos, incarnation) VALUES (?1, ?2, abs(random() / 2))
                ON CONFLICT (name) DO UPDATE SET tocos = excluded.tocos, revision = revision + 1
                RETURNING name, tocos, incarnation, revision";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row(params![user, tocos], |row| {
                let revision: i64 = row.get(3)?;
                Ok((entry(row)?, tag(row.get(2)?, revision), revision == 1))
            })?)
        })
        .await
    }

    pub(crate) async fn transfer(&self, new: NewTransfer) -> Result<Transfer, Problem> {
        run(&self.writer, move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let balance = |user: &str| -> Result<i64, Failure> {
                let mut statement = transaction.prepare_cached("SELECT tocos FROM users WHERE name = ?1")?;
                let tocos = statement.query_row([user], |row| row.get(0)).optional()?;
                tocos.ok_or_else(|| Failure::Refused(Problem::user_not_found(user)))
            };
            if balance(&new.from)? < new.amount {
                return Err(Failure::Refused(Problem::not_enough(&new.from)));
            }
            if balance(&new.to)? > MAX_TOCOS - new.amount {
                return Err(Failure::Refused(Problem::too_many(&new.to)));
            }
            let update = "UPDATE users SET tocos = tocos + ?2, revision = revision + 1 WHERE name = ?1";
            transaction.prepare_cached(update)?.execute(params![new.from, -new.amount])?;
            transaction.prepare_cached(update)?.execute(params![new.to, new.amount])?;
            let now = SystemTime::now();
            let millis = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis() as i64;
            let id = uuid::Uuid::now_v7().to_string();
            let insert = "INSERT INTO transfers (id, from_user, to_user, amount, note, created_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let row = params![id, new.from, new.to, new.amount, new.note, millis];
            transaction.prepare_cached(insert)?.execute(row)?;
            transaction.commit()?;
            let NewTransfer { from, to, amount, note } = new;
            Ok(Transfer { id, from, to, amount, note, created_at: humantime::format_rfc3339_millis(now).to_string() })
        })
        .await
    }
}

/// Why something was not done.
enum Failure {
    Refused(Problem),
    Database(r2d2_sqlite::rusqlite::Error),
}

impl From<r2d2_sqlite::rusqlite::Error> for Failure {
    fn from(error: r2d2_sqlite::rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

async fn run<T: Send + 'static>(
    pool: &Pool<SqliteConnectionManager>,
    work: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Problem> {
    let pool = pool.clone();
    let done = spawn_blocking(move || {
        let mut connection = pool.get().map_err(Problem::internal)?;
        work(&mut connection).map_err(|failure| match failure {
            Failure::Refused(problem) => problem,
            Failure::Database(error) => Problem::internal(error),
        })
    });
    done.await.map_err(Problem::internal)?
}

fn entry(row: &Row<'_>) -> r2d2_sqlite::rusqlite::Result<Entry> {
    Ok(Entry { user: row.get(0)?, tocos: row.get(1)? })
}

fn tag(incarnation: i64, revision: i64) -> String {
    format!("\"{incarnation:x}.{revision}\"")
}
