//! Rate limits of callers, and of addresses whose callers are not identified.

mod batches;

use std::collections::BTreeMap;
use std::slice;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};

use self::batches::Batches;
use super::headers::{RATELIMIT, RATELIMIT_POLICY, whole_seconds};
use super::{Authenticator, Problem, client_network};
use crate::config::RateLimitSettings;
use crate::log::{Log, Throttle};
use crate::metrics::{Recorder, series};
use crate::ports::{Demand, RateLimiter, System, Unavailable, lock};
use crate::types::{Caller, Decision, RateLimit};

/// Identifies callers and counts their requests. A caller has one quota. An address has two: for failed attempts, and for
/// other requests of unknown callers. Without failed attempts left, an address is refused before the identification:
/// guessing ends, and a bad token costs no signature check.
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

pub(super) struct Admission {
    pub(super) caller: Result<Arc<Caller>, Problem>,
    /// Why the limiter refuses the request, whoever the caller is.
    pub(super) refusal: Option<Problem>,
    /// The bucket that decided; `None` if the request was not counted.
    state: Option<(RateLimit, Decision)>,
}

impl RateLimits {
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

    /// Takes one step of the limiter, and a second one for the first request of an address to this instance.
    pub(super) async fn admit(&self, authenticator: &Authenticator, headers: &HeaderMap) -> Admission {
        let network = client_network(headers, self.trusted_proxies);
        let attempts = Demand { bucket: format!("attempts:{network}"), limit: self.settings.limit, count: 0 };
        if authenticator.is_required() {
            match self.attempts_left(&attempts).await {
                Ok(state) if state.retry_after.is_zero() => {}
                Ok(state) => return self.refuse_address(state),
                Err(error) => match self.handle(error) {
                    Some(refusal) => return Admission::uncounted(Err(refusal)),
                    None => return Admission::uncounted(authenticator.identify(headers).await),
                },
            }
        }
        let caller = authenticator.identify(headers).await;
        let (by, demands) = self.demands(&caller, &network, &attempts);
        let decisions = match self.batches.take(&demands).await {
            Ok(decisions) => decisions,
            Err(error) => return Admission { refusal: self.handle(error), ..Admission::uncounted(caller) },
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
        Admission { refusal, state, ..Admission::uncounted(caller) }
    }

    /// Returns the failed attempts of an address, from memory if they are known.
    async fn attempts_left(&self, attempts: &Demand) -> Result<Decision, Unavailable> {
        if let Some(state) = self.attempts.known(&attempts.bucket, self.system.elapsed()) {
            return Ok(state);
        }
        let states = self.batches.take(slice::from_ref(attempts)).await?;
        let state = states.into_iter().next().ok_or_else(|| Unavailable("no result".into()))?;
        self.attempts.remember(attempts.bucket.clone(), state, self.system.elapsed());
        Ok(state)
    }

    /// Returns the demand on the request's own bucket, and last the demand on failed attempts. That bucket is read
    /// again after the identification, so that parallel guesses are refused too.
    fn demands(&self, caller: &Result<Caller, Problem>, network: &str, failed: &Demand) -> (&'static str, Vec<Demand>) {
        let address = || Demand { bucket: format!("address:{network}"), limit: self.settings.limit, count: 1 };
        match caller {
            Ok(Caller { identity, .. }) => match identity.bucket() {
                Some(bucket) => {
                    let own = Demand { bucket, limit: self.settings.limit_of(identity.name()), count: 1 };
                    (series::CALLER_LIMITED, vec![own, failed.clone()])
                }
                None => (series::ADDRESS_LIMITED, vec![address()]),
            },
            Err(error) if error.is_failed_attempt() => {
                (series::ADDRESS_LIMITED, vec![Demand { count: 1, ..failed.clone() }])
            }
            Err(_) => (series::ADDRESS_LIMITED, vec![address(), failed.clone()]),
        }
    }

    fn refuse_address(&self, state: Decision) -> Admission {
        let refusal = self.refuse(series::ADDRESS_LIMITED, state);
        Admission { state: Some((self.settings.limit, state)), ..Admission::uncounted(Err(refusal)) }
    }

    fn refuse(&self, series: &'static str, decision: Decision) -> Problem {
        self.metrics.count(series);
        Problem::rate_limited(decision.retry_after)
    }

    /// Returns a refusal while the limiter is unavailable; `None` if `rate_limit_on_error` is `open`.
    fn handle(&self, error: Unavailable) -> Option<Problem> {
        if !self.settings.is_open_on_error {
            self.metrics.count(series::UNCOUNTED_REFUSED);
            return Some(Problem::rate_limiter_unavailable(&error));
        }
        self.metrics.count(series::UNCOUNTED_PASSED);
        if self.warnings.is_due(self.system.elapsed()) {
            self.log.warn("the rate limiter is unavailable: requests pass uncounted", error);
        }
        None
    }
}

impl Admission {
    pub(super) fn uncounted(caller: Result<Caller, Problem>) -> Self {
        Self { caller: caller.map(Arc::new), refusal: None, state: None }
    }

    pub(super) fn add_fields(&self, headers: &mut HeaderMap) {
        let Some((limit, Decision { remaining, reset, .. })) = self.state else { return };
        let policy = format!(r#""default";q={};w={}"#, limit.quota(), limit.window().as_secs());
        let state = format!(r#""default";r={remaining};t={}"#, whole_seconds(reset));
        for (name, value) in [(RATELIMIT_POLICY, policy), (RATELIMIT, state)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}

/// Most addresses to remember: as many as an instance serves requests by default.
const MAX_ADDRESSES: usize = 128;

/// The last known state of each address's failed attempts, and when it was read.
#[derive(Default)]
struct Attempts(Mutex<BTreeMap<String, (Decision, Duration)>>);

impl Attempts {
    /// Returns the state that a bucket has at `now` unless another attempt has failed since it was remembered.
    fn known(&self, bucket: &str, now: Duration) -> Option<Decision> {
        lock(&self.0).get(bucket).map(|(decision, then)| decision.after(now.saturating_sub(*then)))
    }

    /// Forgets all addresses if there are too many: each then costs one step of the limiter.
    fn remember(&self, bucket: String, decision: Decision, now: Duration) {
        let mut known = lock(&self.0);
        if known.len() >= MAX_ADDRESSES && !known.contains_key(&bucket) {
            known.clear();
        }
        known.insert(bucket, (decision, now));
    }
}

#[cfg(test)]
mod tests;
