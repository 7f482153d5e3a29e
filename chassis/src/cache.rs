//! Values that replicas share in a cache, in front of the database.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::log::{Log, Throttle};
use crate::metrics::{Recorder, series};
use crate::ports::{Cache, Found, System, Unavailable};

/// Life of a reader's lease: longer than a read of the database may take.
const LEASE: Duration = Duration::from_secs(10);

/// Extra life of a writer's mark beyond the request: the database may carry out a statement that no request waits for
/// any more.
const LINGERING: Duration = Duration::from_secs(10);

/// Reads values from the cache or else from the database, and keeps the cache from serving what a write has replaced.
/// While the cache is unavailable, the database does all the work.
pub struct ReadThrough {
    pub cache: Arc<dyn Cache>,
    /// Maximum age of a cached value.
    pub ttl: Duration,
    pub request_timeout: Duration,
    pub system: Arc<dyn System>,
    pub recorder: Arc<Recorder>,
    pub log: Arc<Log>,
    pub warnings: Throttle,
}

impl ReadThrough {
    /// Returns the cached value of `key`, or runs `load` and caches the outcome. `decode` returns `None` for a text of
    /// another version of the API; the replicas of that version can use it, so it stays.
    pub async fn read<T, E>(
        &self,
        key: &str,
        load: impl Future<Output = Result<Option<T>, E>>,
        decode: impl FnOnce(&str) -> Option<T>,
        encode: impl FnOnce(&T) -> String,
    ) -> Result<Option<T>, E> {
        let token = self.token();
        match self.cache.look_up(key, &token, LEASE).await {
            Ok(Found::Value(text)) => {
                if let Some(value) = decode(&text) {
                    self.recorder.count(series::CACHE_HIT);
                    return Ok(Some(value));
                }
                self.recorder.count(series::CACHE_BYPASS);
            }
            Ok(Found::Leased) => {
                self.recorder.count(series::CACHE_MISS);
                let value = load.await?;
                let text = value.as_ref().map(encode);
                let filled = self.cache.fill(key, &token, text.as_deref(), self.ttl).await;
                self.note(series::CACHE_READ_ERROR, filled);
                return Ok(value);
            }
            Ok(Found::Busy) => self.recorder.count(series::CACHE_BYPASS),
            Err(error) => self.note(series::CACHE_READ_ERROR, Err(error)),
        }
        load.await
    }

    /// Runs a write of `keys`. The cache serves none of them meanwhile, and no earlier value once this returns. `left`
    /// returns what the write has left of its only key, if it knows.
    ///
    /// After a failure the outcome in the database is unknown. The marks stay then, so the cache serves nothing of
    /// `keys` until they expire.
    pub async fn write<T, E>(
        &self,
        keys: &[&str],
        work: impl Future<Output = Result<T, E>>,
        left: impl FnOnce(&T) -> Option<String>,
    ) -> Result<T, E> {
        let token = self.token();
        let life = self.request_timeout + LINGERING;
        let begun = keys.iter().map(|key| self.cache.begin_write(key, &token, life));
        join_all(begun).await.into_iter().for_each(|done| self.note(series::CACHE_WRITE_ERROR, done));
        let result = work.await?;
        let text = left(&result);
        let ended = keys.iter().map(|key| self.cache.end_write(key, &token, text.as_deref(), self.ttl));
        join_all(ended).await.into_iter().for_each(|done| self.note(series::CACHE_WRITE_ERROR, done));
        Ok(result)
    }

    /// Returns a token that no other reader or writer has.
    fn token(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.system.random()))
    }

    fn note(&self, series: &'static str, done: Result<(), Unavailable>) {
        if let Err(error) = done {
            self.recorder.count(series);
            if self.warnings.is_due(self.system.elapsed()) {
                let cause = [("cause", error.to_string().into())];
                self.log.warn("the cache is unavailable, and the database does all the work", &cause);
            }
        }
    }
}
