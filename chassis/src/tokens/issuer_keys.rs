//! The keys that an issuer publishes, as far as they are known here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::jwks::{Jwk, Jwks, WantedKey};
use crate::log::{Level, Log};
use crate::ports::{JwksSource, KeyValue, System, TokenError};
use crate::types::{Timestamp, fingerprint};

/// Age from which keys are fetched again, so that one which the issuer has taken back is forgotten.
const REFRESH_AFTER: Duration = Duration::from_secs(60 * 60);

/// Pause after a fetch that was not the first: every client can send tokens of unknown keys.
const PAUSE: Duration = Duration::from_secs(60);

/// Pause after a fetch that has left no key known: no token is accepted meanwhile.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// Keys from the issuer's URL. They are held in the instance, and in the key-value store for the
/// instances that come after it; what was fetched is good until something newer is.
pub struct IssuerKeys {
    url: String,
    /// The name of the set in the key-value store.
    name: String,
    /// The name of the moment in the key-value store before which no instance fetches.
    pause_name: String,
    dependencies: Dependencies,
    held: Mutex<Option<Fetched>>,
    paused_until: Mutex<Option<Timestamp>>,
    /// Who has it may fetch.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// What keys are fetched with, and kept in.
pub struct Dependencies {
    /// Who fetches.
    pub source: Arc<dyn JwksSource>,
    /// Where they are kept for other instances.
    pub store: Arc<dyn KeyValue>,
    /// The clock, and what runs tasks.
    pub system: Arc<dyn System>,
    /// Where failures are told.
    pub log: Arc<Log>,
}

/// A set, and when it was fetched.
#[derive(Clone)]
struct Fetched {
    keys: Arc<Jwks>,
    at: Timestamp,
}

impl IssuerKeys {
    /// The keys at `url`. Nothing is fetched yet.
    pub fn new(url: &str, dependencies: Dependencies) -> Arc<Self> {
        // Keys of another URL are others.
        let of = fingerprint(&url);
        Arc::new(Self {
            url: url.to_owned(),
            name: format!("jwks:{of}"),
            pause_name: format!("jwks-pause:{of}"),
            dependencies,
            held: Mutex::default(),
            paused_until: Mutex::default(),
            turn: Arc::default(),
        })
    }

    /// The key that a token names. An issuer that can't be reached makes no difference to keys that
    /// are known.
    pub(super) async fn find(self: &Arc<Self>, wanted: &WantedKey) -> Result<Jwk, TokenError> {
        let found = self.look_up(wanted);
        let turn = match &found {
            _ if !self.needs_more(&found) => return found,
            // Somebody is at it, and this key is good enough meanwhile.
            Ok(_) => match self.turn.clone().try_lock_owned() {
                Ok(turn) => turn,
                Err(_) => return found,
            },
            Err(_) => self.turn.clone().lock_owned().await,
        };
        // In this order, because an instance stores its keys before it begins a pause.
        let is_paused = self.is_paused().await;
        self.take_over_stored().await;
        let found = self.look_up(wanted);
        if is_paused || !self.needs_more(&found) {
            return found;
        }
        // A task, because the request may end before the issuer responds, by its deadline for one.
        let keys = self.clone();
        self.dependencies.system.spawn(Box::pin(async move {
            keys.fetch().await;
            drop(turn);
        }));
        if found.is_err() {
            drop(self.turn.lock().await);
            return self.look_up(wanted);
        }
        found
    }

    fn look_up(&self, wanted: &WantedKey) -> Result<Jwk, TokenError> {
        match &*self.held() {
            Some(fetched) => fetched.keys.find(wanted).cloned(),
            None => Err(TokenError::KeysUnavailable("none could be fetched".into())),
        }
    }

    fn needs_more(&self, found: &Result<Jwk, TokenError>) -> bool {
        match found {
            Ok(_) => self.held().as_ref().is_none_or(|fetched| !is_within(fetched.at, self.now(), REFRESH_AFTER)),
            Err(TokenError::UnknownKey | TokenError::KeysUnavailable(_)) => true,
            Err(_) => false,
        }
    }

    /// Takes what another instance has fetched, if it is newer.
    async fn take_over_stored(&self) {
        let Some((at, text)) = self.stored(&self.name).await else { return };
        let is_newer = self.held().as_ref().is_none_or(|fetched| at > fetched.at);
        if is_newer && let Ok(keys) = Jwks::parse(text.as_bytes()) {
            *self.held() = Some(Fetched { keys: Arc::new(keys), at });
        }
    }

    /// Whether it is too early to ask the issuer again, for this instance or for all.
    async fn is_paused(&self) -> bool {
        let now = self.now();
        // A moment that is further away is of a clock that was wrong.
        let is_ahead = |until: Timestamp| now < until && until <= now.after(PAUSE);
        lock(&self.paused_until).is_some_and(is_ahead)
            || self.stored(&self.pause_name).await.is_some_and(|(until, _)| is_ahead(until))
    }

    async fn pause(&self, length: Duration) {
        let until = self.now().after(length);
        *lock(&self.paused_until) = Some(until);
        self.keep(&self.pause_name, until, "").await;
    }

    async fn fetch(&self) {
        let had_keys = self.held().is_some();
        let body = self.dependencies.source.fetch(&self.url).await.map_err(|error| error.to_string());
        let keys = body.and_then(|body| {
            let keys = Jwks::parse(&body).map_err(|error| format!("what was fetched {error}"))?;
            Ok((keys, String::from_utf8_lossy(&body).into_owned()))
        });
        match keys {
            Ok((keys, text)) => {
                let at = self.now();
                let counts = [("keys", keys.count()), ("unusable", keys.unusable())];
                let counts = counts.map(|(name, count)| (name, (count as u64).into()));
                self.dependencies.log.write(Level::Info, "keys of tokens were fetched", &counts);
                *self.held() = Some(Fetched { keys: Arc::new(keys), at });
                self.keep(&self.name, at, &text).await;
            }
            Err(cause) => self.warn("keys of tokens can't be fetched", &cause),
        }
        if had_keys {
            self.pause(PAUSE).await;
        } else if self.held().is_none() {
            self.pause(FIRST_PAUSE).await;
        }
    }

    /// What is kept under a name: a moment, and a text. Something broken is nothing.
    async fn stored(&self, name: &str) -> Option<(Timestamp, String)> {
        let kept = self.dependencies.store.get(name).await;
        let kept = kept.map_err(|error| self.warn("the key-value store can't be read", &error.to_string()));
        let kept = String::from_utf8(kept.ok()??).ok()?;
        let (at, text) = kept.split_once(' ')?;
        Some((Timestamp::from_millis(at.parse().ok()?), text.to_owned()))
    }

    async fn keep(&self, name: &str, at: Timestamp, text: &str) {
        let value = format!("{} {text}", at.as_millis());
        if let Err(error) = self.dependencies.store.set(name, value.as_bytes()).await {
            self.warn("the key-value store can't be written", &error.to_string());
        }
    }

    fn warn(&self, message: &str, cause: &str) {
        self.dependencies.log.warn(message, &[("cause", cause.into())]);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_system_time(self.dependencies.system.now())
    }

    fn held(&self) -> MutexGuard<'_, Option<Fetched>> {
        lock(&self.held)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the moment is less than `span` away. One far in the future is of a clock that was wrong.
fn is_within(moment: Timestamp, now: Timestamp, span: Duration) -> bool {
    u128::from(moment.as_millis().abs_diff(now.as_millis())) < span.as_millis()
}

#[cfg(test)]
mod tests;
