//! The keys that an issuer publishes, as far as they are known here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::jwks::{Jwk, Jwks};
use super::verify::WantedKey;
use crate::domain::{Timestamp, fingerprint};
use crate::log::{Level, Log};
use crate::ports::{JwksSource, KeyValue, System, TokenError};

/// Age from which keys are fetched again, so that one which the issuer has taken back is forgotten.
const REFRESH_AFTER: Duration = Duration::from_secs(60 * 60);

/// Pause between two fetches while some keys are known: anybody can send tokens of unknown keys.
const PAUSE: Duration = Duration::from_secs(60);

/// Pause between two fetches while no key is known, and so nobody gets in: longer than a fetch may take.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// How long another instance is waited for: longer than a fetch may take.
const LONGEST_FETCH: Duration = Duration::from_millis(2_500);

/// Pause between two looks at whether it is done, or has been begun by another.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What the key-value store holds of a fetch, beside its beginning: this and whose it is, or that it is over.
const UNDER_WAY: &str = "under way";
const OVER: &str = "over";

/// Keys from the issuer's URL. They are held in the instance, and in the key-value store for the
/// instances that come after it; what was fetched is good until something newer is.
pub struct IssuerKeys {
    url: String,
    /// The name of the set in the key-value store.
    name: String,
    outside: Outside,
    held: Mutex<Option<Fetched>>,
    first_pause: Pause,
    pause: Pause,
    /// Who has it may fetch.
    turn: tokio::sync::Mutex<()>,
}

/// What keys are fetched with, and kept in.
pub struct Outside {
    /// Who fetches.
    pub source: Arc<dyn JwksSource>,
    /// Where they are kept for other instances.
    pub store: Arc<dyn KeyValue>,
    /// The clock.
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

/// How often keys are fetched for one reason.
struct Pause {
    /// Where instances tell each other of the last time.
    name: String,
    length: Duration,
    last: Mutex<Option<Timestamp>>,
}

impl IssuerKeys {
    /// The keys at `url`. Nothing is fetched yet.
    pub fn new(url: &str, outside: Outside) -> Self {
        // Keys of another URL are others.
        let of = fingerprint(&url);
        let pause = |what, length| Pause { name: format!("{what}:{of}"), length, last: Mutex::default() };
        Self {
            url: url.to_owned(),
            name: format!("jwks:{of}"),
            outside,
            held: Mutex::default(),
            first_pause: pause("jwks-first-asked", FIRST_PAUSE),
            pause: pause("jwks-asked", PAUSE),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// The key that a token names. An issuer that can't be reached makes no difference to keys that
    /// are known.
    pub(super) async fn find(&self, wanted: &WantedKey) -> Result<Jwk, TokenError> {
        let found = self.look_up(wanted);
        let _turn = match &found {
            _ if !self.needs_more(&found) => return found,
            // Somebody is at it, and this key is good enough meanwhile.
            Ok(_) => match self.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => return found,
            },
            Err(_) => self.turn.lock().await,
        };
        self.take_over_stored().await;
        let found = self.look_up(wanted);
        if self.needs_more(&found) {
            self.ask(found.is_err()).await;
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

    /// Fetches, if it is time to; if another instance is at it and the keys are needed, waits for that
    /// one.
    async fn ask(&self, is_needed: bool) {
        let pause = if self.held().is_some() { &self.pause } else { &self.first_pause };
        let now = self.now();
        let is_recent = |last: Timestamp| is_within(last, now, pause.length);
        if lock(&pause.last).is_some_and(is_recent) {
            return;
        }
        let is_another = self.stored(&pause.name).await.is_some_and(|(last, _)| is_recent(last));
        if !is_another && self.claim(pause, now).await {
            self.fetch().await;
            self.keep(&pause.name, now, OVER).await;
        } else if is_needed {
            self.wait_for_another(pause).await;
        }
    }

    /// Says that this instance fetches, and whether no other has said so since: of those that begin in the
    /// same moment the last one fetches. One that takes longer than [`LOOK_AGAIN`] to say so fetches too.
    async fn claim(&self, pause: &Pause, now: Timestamp) -> bool {
        *lock(&pause.last) = Some(now);
        let claim = format!("{UNDER_WAY} {:x}", u128::from_ne_bytes(self.outside.system.random()));
        self.keep(&pause.name, now, &claim).await;
        self.outside.system.sleep(LOOK_AGAIN).await;
        self.stored(&pause.name).await.is_none_or(|(_, state)| state == claim)
    }

    async fn wait_for_another(&self, pause: &Pause) {
        while let Some((last, state)) = self.stored(&pause.name).await
            && state.starts_with(UNDER_WAY)
            && is_within(last, self.now(), LONGEST_FETCH)
        {
            self.outside.system.sleep(LOOK_AGAIN).await;
        }
        self.take_over_stored().await;
    }

    async fn fetch(&self) {
        let body = self.outside.source.fetch(&self.url).await.map_err(|error| error.to_string());
        let keys = body.and_then(|body| {
            let keys = Jwks::parse(&body).map_err(|error| format!("what was fetched {error}"))?;
            Ok((keys, String::from_utf8_lossy(&body).into_owned()))
        });
        match keys {
            Ok((keys, text)) => {
                let at = self.now();
                self.outside.log.write(
                    Level::Info,
                    "keys of tokens were fetched",
                    &[("keys", (keys.count() as u64).into())],
                );
                *self.held() = Some(Fetched { keys: Arc::new(keys), at });
                self.keep(&self.name, at, &text).await;
            }
            Err(cause) => self.warn("keys of tokens can't be fetched", &cause),
        }
    }

    /// What is kept under a name: a moment, and a text. Something broken is nothing.
    async fn stored(&self, name: &str) -> Option<(Timestamp, String)> {
        let kept = self.outside.store.get(name).await;
        let kept = kept.map_err(|error| self.warn("the key-value store can't be read", &error.to_string()));
        let kept = String::from_utf8(kept.ok()??).ok()?;
        let (at, text) = kept.split_once(' ')?;
        Some((Timestamp::from_millis(at.parse().ok()?), text.to_owned()))
    }

    async fn keep(&self, name: &str, at: Timestamp, text: &str) {
        let value = format!("{} {text}", at.as_millis());
        if let Err(error) = self.outside.store.set(name, value.as_bytes()).await {
            self.warn("the key-value store can't be written", &error.to_string());
        }
    }

    fn warn(&self, message: &str, cause: &str) {
        self.outside.log.warn(message, &[("cause", cause.into())]);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_system_time(self.outside.system.now())
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
