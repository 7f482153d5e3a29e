//! A store whose users may be served from a cache.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;

use super::entry::{decode, encode};
use crate::domain::{Entry, Precondition, Revision, Transfer, TransferId, UserName, Versioned};
use crate::log::{Log, Seldom};
use crate::metrics::{CacheOperation, CacheResult, Recorder};
use crate::ports::{
    Answer, Cache, CacheError, Found, Put, Store, StoreError, System, Totals, TransferOrder, Transfers, Users,
};

/// How long a reader may take to fill what it has asked for: longer than the database is waited for.
const LEASE: Duration = Duration::from_secs(10);

/// What a write may take longer than its request: the database may carry out a statement that nobody
/// waits for any more.
const LINGERING: Duration = Duration::from_secs(10);

/// How long things are kept.
#[derive(Clone, Copy, Debug)]
pub struct CacheSettings {
    /// `cache_ttl`: how long a user is served from the cache, at most.
    pub ttl: Duration,
    /// `request_timeout`: how long a request may take, and so a write.
    pub request_timeout: Duration,
}

/// Answers for one user from the cache if that has the user, and keeps the cache from serving what a
/// write has changed. Everything else is the other store's, which also does all the work while the
/// cache is away.
pub struct CachedStore {
    inner: Arc<dyn Store>,
    cache: Arc<dyn Cache>,
    settings: CacheSettings,
    system: Arc<dyn System>,
    recorder: Arc<Recorder>,
    log: Arc<Log>,
    warnings: Seldom,
}

impl CachedStore {
    /// A store that caches `inner`.
    pub fn new(
        inner: Arc<dyn Store>,
        cache: Arc<dyn Cache>,
        settings: CacheSettings,
        system: Arc<dyn System>,
        recorder: Arc<Recorder>,
        log: Arc<Log>,
    ) -> Self {
        Self { inner, cache, settings, system, recorder, log, warnings: Seldom::default() }
    }

    /// Runs a write of `users`, which the cache must not serve meanwhile, nor what it had before once
    /// this returns. `left` says what the write has left of its only user, if it knows.
    ///
    /// After a failure nobody knows whether the database has changed or still will, so the cache is not
    /// told of an end, and serves nothing of the users until it gives the write up.
    async fn write<T>(
        &self,
        users: &[&UserName],
        work: impl Future<Output = Result<T, StoreError>>,
        left: impl FnOnce(&T) -> Option<Versioned>,
    ) -> Result<T, StoreError> {
        let token = self.token();
        let life = self.settings.request_timeout + LINGERING;
        let begun = users.iter().map(|user| self.cache.begin_write(user.as_str(), &token, life));
        join_all(begun).await.into_iter().for_each(|done| self.note(CacheOperation::Write, done));
        let result = work.await?;
        let value = left(&result).as_ref().map(encode);
        let ended =
            users.iter().map(|user| self.cache.end_write(user.as_str(), &token, value.as_deref(), self.settings.ttl));
        join_all(ended).await.into_iter().for_each(|done| self.note(CacheOperation::Write, done));
        Ok(result)
    }

    /// What nobody else has: who begins is told from all others by it.
    fn token(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.system.random()))
    }

    fn note(&self, operation: CacheOperation, done: Result<(), CacheError>) {
        if let Err(error) = done {
            self.recorder.cache_error(operation);
            if self.warnings.is_due(self.system.elapsed()) {
                self.log.warn(
                    "the cache is away, and the database does all the work",
                    &[("cause", error.to_string().into())],
                );
            }
        }
    }
}

#[async_trait]
impl Users for CachedStore {
    async fn get(&self, user: &UserName) -> Result<Option<Versioned>, StoreError> {
        let token = self.token();
        match self.cache.look_up(user.as_str(), &token, LEASE).await {
            Ok(Found::Value(text)) => {
                if let Some(versioned) = decode(user, &text) {
                    self.recorder.cache_read(CacheResult::Hit);
                    return Ok(Some(versioned));
                }
                // Of another version of the API, whose replicas can use it.
                self.recorder.cache_read(CacheResult::Bypass);
            }
            Ok(Found::Leased) => {
                self.recorder.cache_read(CacheResult::Miss);
                let found = self.inner.get(user).await?;
                let value = found.as_ref().map(encode);
                let filled = self.cache.fill(user.as_str(), &token, value.as_deref(), self.settings.ttl).await;
                self.note(CacheOperation::Read, filled);
                return Ok(found);
            }
            Ok(Found::Busy) => self.recorder.cache_read(CacheResult::Bypass),
            Err(error) => self.note(CacheOperation::Read, Err(error)),
        }
        self.inner.get(user).await
    }

    async fn list(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<Entry>, StoreError> {
        self.inner.list(after, limit).await
    }

    async fn create(&self, entry: &Entry, incarnation: i64) -> Result<Option<Revision>, StoreError> {
        let left = |revision: &Option<Revision>| revision.map(|revision| Versioned { entry: entry.clone(), revision });
        self.write(&[&entry.user], self.inner.create(entry, incarnation), left).await
    }

    async fn put(&self, entry: &Entry, incarnation: i64, precondition: &Precondition) -> Result<Put, StoreError> {
        let left = |put: &Put| match put {
            Put::Created(revision) | Put::Replaced(revision) => {
                Some(Versioned { entry: entry.clone(), revision: *revision })
            }
            Put::PreconditionFailed => None,
        };
        self.write(&[&entry.user], self.inner.put(entry, incarnation, precondition), left).await
    }

    async fn delete(&self, user: &UserName, precondition: &Precondition) -> Result<bool, StoreError> {
        self.write(&[user], self.inner.delete(user, precondition), |_| None).await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        self.inner.totals().await
    }
}

#[async_trait]
impl Transfers for CachedStore {
    /// Whoever reads one of the two users next puts the new balance in.
    async fn carry_out(&self, order: &TransferOrder) -> Result<Answer, StoreError> {
        self.write(&[&order.from, &order.to], self.inner.carry_out(order), |_| None).await
    }

    async fn find(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        self.inner.find(id).await
    }

    async fn history(
        &self,
        user: Option<&UserName>,
        before: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, StoreError> {
        self.inner.history(user, before, limit).await
    }
}

#[async_trait]
impl Store for CachedStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.inner.check().await
    }
}
