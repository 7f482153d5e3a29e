//! How often somebody may ask.

mod batches;
mod fields;
mod reserve;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use self::batches::Batches;
use self::fields::add_fields;
pub(super) use self::fields::whole_seconds;
use super::ApiError;
use super::authenticate::Caller;
use crate::config::RateLimitSettings;
use crate::domain::{Decision, RateLimit, client_address, fingerprint, network};
use crate::log::{Log, Seldom};
use crate::metrics::{Bucket, Credential, Recorder, Uncounted};
use crate::ports::{self, RateLimiter, RateLimiterError, System};

/// The address of the connection with its port.
const SPIN_CLIENT_ADDR: HeaderName = HeaderName::from_static(ports::SPIN_CLIENT_ADDR);

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Limits how often callers ask, and those whom nobody knows.
pub struct RateLimits {
    settings: RateLimitSettings,
    trusted_proxies: u8,
    batches: Batches,
    system: Arc<dyn System>,
    metrics: Arc<Recorder>,
    log: Arc<Log>,
    warnings: Seldom,
}

/// A request that was counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    limit: RateLimit,
    decision: Decision,
}

impl RateLimits {
    /// Limits by what `limiter` counts, and `trusted_proxies` in front of the API.
    pub fn new(
        settings: RateLimitSettings,
        trusted_proxies: u8,
        limiter: Arc<dyn RateLimiter>,
        system: Arc<dyn System>,
        metrics: Arc<Recorder>,
        log: Arc<Log>,
    ) -> Self {
        let batches = Batches::new(limiter, system.clone(), {
            let metrics = metrics.clone();
            move || metrics.requests_to_come()
        });
        Self { settings, trusted_proxies, batches, system, metrics, log, warnings: Seldom::default() }
    }

    /// Counts a request; nothing where nobody can count, and the settings let it pass. One whose credential
    /// is refused counts for its address, so that nobody can try many; as does every one where everybody may
    /// call.
    pub(super) async fn count(
        &self,
        caller: Option<&Caller>,
        headers: &HeaderMap,
    ) -> Result<Option<Counted>, ApiError> {
        let (kind, bucket) = self.bucket(caller, headers);
        let limit = self.settings.limit_of(caller.and_then(|caller| caller.name.as_ref()));
        match self.batches.take(&bucket, limit).await {
            Ok(decision) => {
                if !decision.is_allowed {
                    self.metrics.rate_limited(kind);
                }
                Ok(Some(Counted { limit, decision }))
            }
            Err(error) if self.settings.is_open_on_error => {
                self.pass_uncounted(&error);
                Ok(None)
            }
            Err(error) => {
                self.metrics.rate_limiter_error(Uncounted::Refused);
                Err(ApiError::RateLimiterUnavailable(error))
            }
        }
    }

    /// Leaves nothing undone that must be done before the instance may end. No answer may be given
    /// before this returns.
    pub async fn settle(&self) {
        self.batches.settle().await;
    }

    /// Whose requests these are counted with. Keys are told by their fingerprints; what a token says of
    /// its bearer may be personal, and long.
    fn bucket(&self, caller: Option<&Caller>, headers: &HeaderMap) -> (Bucket, String) {
        match caller.and_then(|caller| Some((caller, caller.credential?))) {
            Some((caller, Credential::ApiKey)) => (Bucket::Caller, format!("key:{}", caller.id)),
            Some((caller, Credential::Token)) => (Bucket::Caller, format!("token:{}", fingerprint(&caller.id))),
            None => (Bucket::Address, format!("address:{}", client_network(headers, self.trusted_proxies))),
        }
    }

    fn pass_uncounted(&self, error: &RateLimiterError) {
        self.metrics.rate_limiter_error(Uncounted::Passed);
        if self.warnings.is_due(self.system.elapsed()) {
            let message = "nobody counts requests, and all of them pass";
            self.log.warn(message, &[("cause", error.to_string().into())]);
        }
    }
}

impl Counted {
    /// Whether it may pass.
    pub(super) fn is_allowed(&self) -> bool {
        self.decision.is_allowed
    }

    /// What to say when it may not.
    pub(super) fn refusal(&self) -> ApiError {
        ApiError::RateLimited { retry_after: self.decision.retry_after }
    }

    /// Tells the caller what is left.
    pub(super) fn add_fields(&self, headers: &mut HeaderMap) {
        add_fields(headers, self.limit, self.decision);
    }
}

/// The network that a request is from; all requests of unknown ones are counted together.
pub fn client_network(headers: &HeaderMap, trusted_proxies: u8) -> String {
    // What is no text stays in its place: a proxy may have added its element to a line of the client's.
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let peer = headers.get_all(SPIN_CLIENT_ADDR).iter().next_back().map(text).unwrap_or_default();
    let forwarded: Vec<_> = headers.get_all(X_FORWARDED_FOR).iter().map(text).collect();
    client_address(&peer, &forwarded.join(","), trusted_proxies).map_or_else(|| "unknown".to_owned(), network)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_has_the_last_word_on_the_peer() {
        let headers = |lines: &[(HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(name, HeaderValue::from_static(value));
            }
            headers
        };
        let forged = headers(&[(SPIN_CLIENT_ADDR, "6.6.6.6:6"), (SPIN_CLIENT_ADDR, "1.2.3.4:5")]);
        assert_eq!(client_network(&forged, 0), "1.2.3.4");
        assert_eq!(client_network(&headers(&[]), 0), "unknown");
        let lines = headers(&[
            (SPIN_CLIENT_ADDR, "1.2.3.4:5"),
            (X_FORWARDED_FOR, "6.6.6.6"),
            (X_FORWARDED_FOR, "5.5.5.5, 4.4.4.4"),
        ]);
        for (trusted_proxies, expected) in
            [(0, "1.2.3.4"), (1, "4.4.4.4"), (2, "5.5.5.5"), (3, "6.6.6.6"), (4, "1.2.3.4")]
        {
            assert_eq!(client_network(&lines, trusted_proxies), expected);
        }
        let mut lines = headers(&[(X_FORWARDED_FOR, "6.6.6.6, 6.6.6.6")]);
        lines.append(X_FORWARDED_FOR, HeaderValue::from_bytes(b"\xff, 5.5.5.5, 4.4.4.4").unwrap());
        assert_eq!(client_network(&lines, 2), "5.5.5.5", "a client hides what the proxies have added");
    }
}
