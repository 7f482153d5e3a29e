//! The storage of stores, and their operations.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{block_in_place, spawn_blocking};

use super::bindings::Error;
use crate::spin::limit::check_size;
use crate::spin::stream::CHANNEL_CAPACITY;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (store, key)
)";
const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (store, key) DO UPDATE SET value = ?3";
const DELETE: &str = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
const KEYS: &str = "SELECT key FROM spin_key_value WHERE store = ?1";

/// The SQLite database of a label. All components and instances share its one connection, which the first `open`
/// makes.
#[derive(Debug, Clone)]
pub(crate) struct Storage(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// `None` means in memory.
    path: Option<PathBuf>,
    sqlite: Mutex<Option<Connection>>,
}

/// An open store.
///
/// As in Spin, its functions block the thread and with it all requests of the instance. They wait at most 5 s for a
/// lock that another process holds on the file. They wait without a limit while a listing of keys is not read to its
/// end, even if the blocked instance is the reader.
#[derive(Debug, Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Store {
    label: String,
    storage: Storage,
}

#[derive(Debug)]
pub(super) struct Listing {
    pub(super) keys: mpsc::Receiver<String>,
    /// Whether the listing is complete. `keys` also ends after an error.
    pub(super) completion: oneshot::Receiver<Result<(), Error>>,
}

impl Storage {
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self(Arc::new(Shared { path, sqlite: Mutex::default() }))
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let mut sqlite = self.0.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
        let sqlite = match &mut *sqlite {
            Some(sqlite) => sqlite,
            none => none.insert(self.connect().map_err(other)?),
        };
        work(sqlite)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let sqlite = match &self.0.path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        sqlite.execute(CREATE, [])?;
        Ok(sqlite)
    }
}

impl Store {
    pub(super) fn open(label: &str, storage: &Storage) -> Result<Self, Error> {
        block_in_place(|| storage.with(|_| Ok(())))?;
        Ok(Self { label: label.to_owned(), storage: storage.clone() })
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let value = self.find(key)?;
        let length = value.as_ref().map_or(0, Vec::len);
        check_size(size_of::<Option<Vec<u8>>>() + length).map_err(Error::Other)?;
        Ok(value)
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.run(|sqlite| sqlite.prepare_cached(SET)?.execute((&self.label, key, value)).map(drop))
    }

    pub(super) fn delete(&self, key: &str) -> Result<(), Error> {
        self.run(|sqlite| sqlite.prepare_cached(DELETE)?.execute((&self.label, key)).map(drop))
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool, Error> {
        Ok(self.find(key)?.is_some())
    }

    /// Starts a listing. The storage is locked until every key is read or `keys` is dropped.
    pub(super) fn keys(&self) -> Listing {
        let (sender, keys) = mpsc::channel(CHANNEL_CAPACITY);
        let (completed, completion) = oneshot::channel();
        let store = self.clone();
        spawn_blocking(move || {
            let result = store.storage.with(|sqlite| send_keys(sqlite, &store.label, &sender));
            // The guest may have dropped the receiver.
            let _ = completed.send(result);
        });
        Listing { keys, completion }
    }

    fn find(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.run(|sqlite| sqlite.prepare_cached(GET)?.query_row((&self.label, key), |row| row.get(0)).optional())
    }

    fn run<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        block_in_place(|| self.storage.with(|sqlite| work(sqlite).map_err(other)))
    }
}

fn send_keys(sqlite: &Connection, label: &str, keys: &mpsc::Sender<String>) -> Result<(), Error> {
    let mut statement = sqlite.prepare_cached(KEYS).map_err(other)?;
    let mut rows = statement.query([label]).map_err(other)?;
    while let Some(row) = rows.next().map_err(other)? {
        let key: String = row.get(0).map_err(other)?;
        check_size(key.len()).map_err(Error::Other)?;
        keys.blocking_send(key).map_err(|_| Error::Other("the guest no longer reads".to_owned()))?;
    }
    Ok(())
}

/// Spin returns the `Debug` form.
fn other(error: rusqlite::Error) -> Error {
    Error::Other(format!("{error:?}"))
}

#[cfg(test)]
mod tests;
