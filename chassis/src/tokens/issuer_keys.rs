use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::jwks::{Jwk, Jwks, WantedKey};
use crate::log::{Level, Log};
use crate::ports::{JwksSource, KeyValue, System, TokenError, lock};
use crate::types::{Timestamp, fingerprint};

/// Age from which keys are fetched again, to forget those that the issuer has withdrawn.
const REFRESH_AFTER: Duration = Duration::from_secs(60 * 60);

/// Pause after every fetch but the first, because any client can send tokens with unknown keys.
const PAUSE: Duration = Duration::from_secs(60);

/// Pause after a fetch that left no key known. It is shorter, because no token is accepted meanwhile.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The keys that an issuer publishes. A set is good until a newer one replaces it, even if the issuer is unavailable.
pub struct IssuerKeys {
    url: String,
    /// Names in the key-value store: of the set, and of the moment before which no instance fetches.
    name: String,
    pause_name: String,
    dependencies: Dependencies,
    held: Mutex<Option<Fetched>>,
    paused_until: Mutex<Option<Timestamp>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

pub struct Dependencies {
    pub source: Arc<dyn JwksSource>,
    pub store: Arc<dyn KeyValue>,
    pub system: Arc<dyn System>,
    pub log: Arc<Log>,
}

struct Fetched {
    keys: Jwks,
    at: Timestamp,
}

impl IssuerKeys {
    pub fn new(url: &str, dependencies: Dependencies) -> Arc<Self> {
        let of_url = fingerprint(&url);
        let (name, pause_name) = (format!("jwks:{of_url}"), format!("jwks-pause:{of_url}"));
        let (held, paused_until, turn) = Default::default();
        Arc::new(Self { url: url.to_owned(), name, pause_name, dependencies, held, paused_until, turn })
    }

    /// Returns the key that a token names. Fetches the set if the key is unknown or the set is old.
    pub(super) async fn find(self: &Arc<Self>, wanted: &WantedKey) -> Result<Jwk, TokenError> {
        let found = self.look_up(wanted);
        let turn = match &found {
            _ if !self.needs_fetch(&found) => return found,
            // An old set is good enough while another request fetches.
            Ok(_) => match self.turn.clone().try_lock_owned() {
                Ok(turn) => turn,
                Err(_) => return found,
            },
            Err(_) => self.turn.clone().lock_owned().await,
        };
        // In this order, because an instance stores its keys before it begins a pause.
        let is_paused = self.is_paused().await;
        self.load_stored().await;
        let found = self.look_up(wanted);
        if is_paused || !self.needs_fetch(&found) {
            return found;
        }
        // A task, because the request may end before the issuer responds, for example by its deadline.
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
        match &*lock(&self.held) {
            Some(fetched) => fetched.keys.find(wanted).cloned(),
            None => Err(TokenError::KeysUnavailable("none could be fetched".into())),
        }
    }

    fn needs_fetch(&self, found: &Result<Jwk, TokenError>) -> bool {
        match found {
            Ok(_) => lock(&self.held).as_ref().is_none_or(|fetched| !is_within(fetched.at, self.now(), REFRESH_AFTER)),
            Err(TokenError::UnknownKey | TokenError::KeysUnavailable(_)) => true,
            Err(_) => false,
        }
    }

    /// Loads the stored set if it is newer because another instance fetched it.
    async fn load_stored(&self) {
        let Some((at, text)) = self.stored(&self.name).await else { return };
        let mut held = lock(&self.held);
        if held.as_ref().is_none_or(|fetched| at > fetched.at)
            && let Ok(keys) = Jwks::parse(text.as_bytes())
        {
            *held = Some(Fetched { keys, at });
        }
    }

    async fn is_paused(&self) -> bool {
        let now = self.now();
        // A moment beyond the pause comes from a wrong clock.
        let is_ahead = |until: Timestamp| now < until && until <= now.after(PAUSE);
        lock(&self.paused_until).is_some_and(is_ahead)
            || self.stored(&self.pause_name).await.is_some_and(|(until, _)| is_ahead(until))
    }

    async fn pause(&self, length: Duration) {
        let until = self.now().after(length);
        *lock(&self.paused_until) = Some(until);
        self.store(&self.pause_name, until, "").await;
    }

    async fn fetch(&self) {
        let had_keys = lock(&self.held).is_some();
        let body = self.dependencies.source.fetch(&self.url).await.map_err(|error| error.to_string());
        let keys = body.and_then(|body| {
            let keys = Jwks::parse(&body).map_err(|error| format!("the response {error}"))?;
            Ok((keys, String::from_utf8_lossy(&body).into_owned()))
        });
        match keys {
            Ok((keys, text)) => {
                let at = self.now();
                let counts = [("keys", keys.count()), ("unusable", keys.unusable)];
                let counts = counts.map(|(name, count)| (name, (count as u64).into()));
                self.dependencies.log.write(Level::Info, "keys of tokens were fetched", &counts);
                *lock(&self.held) = Some(Fetched { keys, at });
                self.store(&self.name, at, &text).await;
            }
            Err(cause) => self.dependencies.log.warn("keys of tokens can't be fetched", cause),
        }
        if had_keys {
            self.pause(PAUSE).await;
        } else if lock(&self.held).is_none() {
            self.pause(FIRST_PAUSE).await;
        }
    }

    /// Returns a stored time and text, or `None` if they are missing or broken or if the store fails.
    async fn stored(&self, name: &str) -> Option<(Timestamp, String)> {
        let Dependencies { store, log, .. } = &self.dependencies;
        let stored = store.get(name).await.map_err(|error| log.warn("the key-value store can't be read", error));
        let stored = String::from_utf8(stored.ok()??).ok()?;
        let (at, text) = stored.split_once(' ')?;
        Some((Timestamp::from(at.parse::<i64>().ok()?), text.to_owned()))
    }

    async fn store(&self, name: &str, at: Timestamp, text: &str) {
        let value = format!("{} {text}", at.as_millis());
        if let Err(error) = self.dependencies.store.set(name, value.as_bytes()).await {
            self.dependencies.log.warn("the key-value store can't be written", error);
        }
    }

    fn now(&self) -> Timestamp {
        self.dependencies.system.now()
    }
}

/// Whether `moment` is less than `span` before or after `now`. It is after `now` if a clock is wrong.
fn is_within(moment: Timestamp, now: Timestamp, span: Duration) -> bool {
    u128::from(moment.as_millis().abs_diff(now.as_millis())) < span.as_millis()
}

#[cfg(test)]
mod tests;
