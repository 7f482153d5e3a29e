//! Rate limits of callers, and of addresses whose callers are not identified.

mod attempts;
mod batches;
mod fields;

use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use self::attempts::Attempts;
use self::batches::Batches;
use self::fields::add_fields;
pub(super) use self::fields::whole_seconds;
use super::{Authenticator, Caller, CredentialError, Problem};
use crate::config::RateLimitSettings;
use crate::log::{Log, Throttle};
use crate::metrics::{Recorder, series};
use crate::ports::{self, Demand, RateLimiter, RateLimiterError, System};
use crate::types::{Decision, RateLimit, client_address, network};

/// The address of the connection with its port.
const SPIN_CLIENT_ADDR: HeaderName = HeaderName::from_static(ports::SPIN_CLIENT_ADDR);

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Identifies callers and counts their requests.
///
/// Each identified caller has a quota. Each address has two: one for failed attempts to identify, one for the other
/// requests whose caller is not identified. An address without failed attempts left is refused before it is identified:
/// otherwise guessing would go on, and each bad token would cost a signature check.
pub struct RateLimits {
    settings: RateLimitSettings,
    trusted_proxies: u8,
    batches: Batches,
    attempts: Attempts,
    system: Arc<dyn System>,
    metrics: Arc<Recorder>,
    log: Arc<Log>,
    warnings: Throttle,
}

/// A request that was counted.
pub(super) struct Counted {
    /// The caller, if it was identified.
    pub(super) caller: Result<Arc<Caller>, Problem>,
    /// Why the request is refused before its caller is considered.
    pub(super) refusal: Option<Problem>,
    /// The bucket that decided; `None` where nothing was counted.
    state: Option<(RateLimit, Decision)>,
}

impl RateLimits {
    /// Limits by the state of `limiter`, behind `trusted_proxies`.
    pub fn new(
        settings: RateLimitSettings,
        trusted_proxies: u8,
        limiter: Arc<dyn RateLimiter>,
        system: Arc<dyn System>,
        metrics: Arc<Recorder>,
        log: Arc<Log>,
    ) -> Self {
        let (batches, attempts) = (Batches::new(limiter), Attempts::default());
        Self { settings, trusted_proxies, batches, attempts, system, metrics, log, warnings: Throttle::default() }
    }

    /// Identifies the caller and counts the request. This takes one step of the limiter, and a second one for the first
    /// request of an address to this instance.
    pub(super) async fn count(&self, authenticator: &Authenticator, headers: &HeaderMap) -> Counted {
        let network = client_network(headers, self.trusted_proxies);
        let attempts = Demand { bucket: format!("attempts:{network}"), limit: self.settings.limit, count: 0 };
        if authenticator.is_required() {
            match self.attempts_left(&attempts).await {
                Ok(state) if state.retry_after.is_zero() => {}
                Ok(state) => return self.refuse_address(state),
                Err(error) => match self.refuse_uncounted(error) {
                    Some(refusal) => return Counted::refused(refusal),
                    None => return Counted::uncounted(authenticator.identify(headers).await),
                },
            }
        }
        let caller = authenticator.identify(headers).await;
        let (by, demands) = self.demands(&caller, &network, &attempts);
        let decisions = match self.batches.take(&demands).await {
            Ok(decisions) => decisions,
            Err(error) => return Counted { refusal: self.refuse_uncounted(error), ..Counted::uncounted(caller) },
        };
        if authenticator.is_required()
            && let Some(state) = decisions.last().copied()
        {
            self.attempts.remember(attempts.bucket, state, self.system.elapsed());
            if !state.is_allowed {
                return self.refuse_address(state);
            }
        }
        let state = demands.first().map(|demand| demand.limit).zip(decisions.first().copied());
        let refused = state.filter(|(_, decision)| !decision.is_allowed);
        let refusal = refused.map(|(_, decision)| self.refuse(by, decision));
        Counted { refusal, state, ..Counted::uncounted(caller) }
    }

    /// The failed attempts of an address, as far as this instance knows, or else by the limiter.
    async fn attempts_left(&self, attempts: &Demand) -> Result<Decision, RateLimiterError> {
        if let Some(state) = self.attempts.known(&attempts.bucket, self.system.elapsed()) {
            return Ok(state);
        }
        let states = self.batches.take(slice::from_ref(attempts)).await?;
        let state = states.into_iter().next().ok_or_else(|| RateLimiterError("no result".into()))?;
        self.attempts.remember(attempts.bucket.clone(), state, self.system.elapsed());
        Ok(state)
    }

    /// The request's own bucket, and last that of failed attempts. This one is read again after the caller is
    /// identified, so that guesses in parallel are refused as well.
    fn demands(
        &self,
        caller: &Result<Caller, CredentialError>,
        network: &str,
        attempts: &Demand,
    ) -> (&'static str, Vec<Demand>) {
        let address = || Demand { bucket: format!("address:{network}"), limit: self.settings.limit, count: 1 };
        match caller {
            Ok(Caller { identity, .. }) => match identity.bucket() {
                Some(bucket) => {
                    let own = Demand { bucket, limit: self.settings.limit_of(identity.name()), count: 1 };
                    (series::CALLER_LIMITED, vec![own, attempts.clone()])
                }
                None => (series::ADDRESS_LIMITED, vec![address()]),
            },
            Err(error) if error.is_failed_attempt() => {
                (series::ADDRESS_LIMITED, vec![Demand { count: 1, ..attempts.clone() }])
            }
            Err(_) => (series::ADDRESS_LIMITED, vec![address(), attempts.clone()]),
        }
    }

    fn refuse_address(&self, state: Decision) -> Counted {
        let refusal = self.refuse(series::ADDRESS_LIMITED, state);
        Counted { state: Some((self.settings.limit, state)), ..Counted::refused(refusal) }
    }

    fn refuse(&self, series: &'static str, decision: Decision) -> Problem {
        self.metrics.count(series);
        Problem::rate_limited(decision.retry_after)
    }

    /// Refuses a request while the limiter is unavailable; `None` if `rate_limit_on_error` is `open`.
    fn refuse_uncounted(&self, error: RateLimiterError) -> Option<Problem> {
        if !self.settings.is_open_on_error {
            self.metrics.count(series::UNCOUNTED_REFUSED);
            return Some(Problem::rate_limiter_unavailable(&error));
        }
        self.metrics.count(series::UNCOUNTED_PASSED);
        if self.warnings.is_due(self.system.elapsed()) {
            let message = "the rate limiter is unavailable: requests pass uncounted";
            self.log.warn(message, &[("cause", error.0.into())]);
        }
        None
    }
}

impl Counted {
    /// A request without a limit.
    pub(super) fn uncounted(caller: Result<Caller, CredentialError>) -> Self {
        Self { caller: caller.map(Arc::new).map_err(Problem::from), refusal: None, state: None }
    }

    /// A request that is refused before its caller is identified.
    fn refused(refusal: Problem) -> Self {
        Self { caller: Err(refusal), refusal: None, state: None }
    }

    /// Adds what the answer says of the limit.
    pub(super) fn add_fields(&self, headers: &mut HeaderMap) {
        if let Some((limit, decision)) = self.state {
            add_fields(headers, limit, decision);
        }
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
mod tests;
