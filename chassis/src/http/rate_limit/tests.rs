//! In which bucket a request counts, and when the authenticator is not called.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, join_all};

use super::batches::tests::{finish, give_way};
use super::*;
use crate::log::{Form, Level};
use crate::metrics::MetricsSettings;
use crate::ports::{Claims, Delta, MetricStore, StoreError, Taken, TokenError, Tokens, lock};
use crate::types::{ApiKeys, Scopes, Timestamp};

/// Counts as the adapters do, and yields once in each step, so that other requests can arrive.
#[derive(Default)]
pub(super) struct InMemory {
    backlogs: Mutex<HashMap<String, i64>>,
    steps: Mutex<Vec<Vec<u32>>>,
}

impl InMemory {
    /// Returns the number of requests of each bucket, for every step.
    pub(super) fn steps(&self) -> Vec<Vec<u32>> {
        lock(&self.steps).clone()
    }

    /// Replenishes every bucket as if `duration` had passed.
    fn wait(&self, duration: Duration) {
        let waited = i64::try_from(duration.as_nanos()).unwrap();
        lock(&self.backlogs).values_mut().for_each(|backlog| *backlog -= waited);
    }
}

#[async_trait]
impl RateLimiter for InMemory {
    async fn take(&self, demands: &[Demand]) -> Result<Vec<Taken>, Unavailable> {
        lock(&self.steps).push(demands.iter().map(|demand| demand.count).collect());
        give_way().await;
        let mut backlogs = lock(&self.backlogs);
        let take = |Demand { bucket, limit, count }: &Demand| {
            let stored = backlogs.entry(bucket.clone()).or_default();
            let (passed, backlog) = limit.take(*stored, *count);
            *stored = backlog;
            Taken { passed, backlog }
        };
        Ok(demands.iter().map(take).collect())
    }
}

/// Is never available.
struct Broken;

#[async_trait]
impl RateLimiter for Broken {
    async fn take(&self, _: &[Demand]) -> Result<Vec<Taken>, Unavailable> {
        Err(Unavailable("down".into()))
    }
}

/// A clock that is set by hand.
#[derive(Default)]
struct Clock(Mutex<Duration>);

#[async_trait]
impl System for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from(0)
    }
    fn elapsed(&self) -> Duration {
        *lock(&self.0)
    }
    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
    fn write_stderr(&self, _: &str) {}
    async fn sleep(&self, _: Duration) {}
    fn spawn(&self, _: BoxFuture<'static, ()>) {}
}

struct NoMetrics;

#[async_trait]
impl MetricStore for NoMetrics {
    async fn add(&self, _: &[Delta]) -> Result<(), StoreError> {
        Ok(())
    }
    async fn read(&self) -> Result<Vec<Delta>, StoreError> {
        Ok(Vec::new())
    }
}

/// Accepts one token, and counts its checks.
#[derive(Default)]
struct OneToken(AtomicUsize);

#[async_trait]
impl Tokens for OneToken {
    async fn verify(&self, token: &str, _: Timestamp) -> Result<Claims, TokenError> {
        self.0.fetch_add(1, Relaxed);
        match token {
            "good" => Ok(Claims { issuer: "i".into(), subject: "sam".into(), scopes: Scopes::all(&[]) }),
            "unchecked" => Err(TokenError::KeysUnavailable(String::new())),
            _ => Err(TokenError::Signature),
        }
    }
}

struct Api {
    limits: RateLimits,
    authenticator: Authenticator,
    tokens: Arc<OneToken>,
    clock: Arc<Clock>,
}

impl Api {
    fn limited(limiter: Arc<dyn RateLimiter>, is_open_on_error: bool) -> Self {
        let (clock, tokens) = (Arc::<Clock>::default(), Arc::<OneToken>::default());
        let log = Arc::new(Log { level: Level::Error, form: Form::Json, system: clock.clone() });
        let metrics = MetricsSettings { is_on: false, max_instance_reuse_count: 1 };
        let metrics = Recorder::new(metrics, Arc::new(NoMetrics), clock.clone(), log.clone());
        let limit = RateLimit::parse("3/30s").unwrap();
        let settings = RateLimitSettings { limit, overrides: Vec::new(), is_open_on_error };
        let api_keys = Some(ApiKeys::parse("right", &[], true).unwrap());
        Self {
            limits: RateLimits::new(settings, 0, limiter, clock.clone(), metrics, log),
            authenticator: Authenticator::Required { api_keys, tokens: Some(tokens.clone()), system: clock.clone() },
            tokens,
            clock,
        }
    }

    /// Returns the outcome of a request from this address, with this API key or token.
    async fn send(&self, address: &str, key: Option<&str>, token: Option<&str>) -> Result<(), Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("spin-client-addr", HeaderValue::try_from(address).unwrap());
        if let Some(key) = key {
            headers.insert("x-api-key", HeaderValue::try_from(key).unwrap());
        }
        if let Some(token) = token {
            headers.insert("authorization", HeaderValue::try_from(format!("Bearer {token}")).unwrap());
        }
        let admission = self.limits.admit(&self.authenticator, &headers).await;
        admission.refusal.map_or(admission.caller.map(drop), Err)
    }

    fn key(&self, address: &str, key: &str) -> Result<(), Problem> {
        finish(self.send(address, Some(key), None))
    }

    fn token(&self, address: &str, token: &str) -> Result<(), Problem> {
        finish(self.send(address, None, Some(token)))
    }
}

const HERE: &str = "1.2.3.4:5";
const ELSEWHERE: &str = "1.2.3.5:5";

fn retry_after(result: &Result<(), Problem>) -> Option<u64> {
    match result {
        Err(problem) if problem.slug == "rate-limited" => problem.header.as_ref()?.1.to_str().ok()?.parse().ok(),
        _ => None,
    }
}

#[test]
fn an_address_without_attempts_left_is_refused_whatever_it_sends() {
    let limiter = Arc::new(InMemory::default());
    let api = Api::limited(limiter.clone(), true);
    for guess in ["a", "b", "c"] {
        assert_eq!(api.key(HERE, guess), Err(Problem::unknown_api_key()));
    }
    let steps = limiter.steps().len();
    for result in [api.key(HERE, "right"), api.key(HERE, "d"), api.token(HERE, "good"), api.token(HERE, "bad")] {
        assert_eq!(retry_after(&result), Some(10), "{result:?}");
    }
    assert_eq!(retry_after(&finish(api.send(HERE, None, None))), Some(10), "no credential");
    assert_eq!((limiter.steps().len(), api.tokens.0.load(Relaxed)), (steps, 0), "refused from memory");
    assert_eq!(api.key(ELSEWHERE, "right"), Ok(()));
}

#[test]
fn another_instance_asks_the_limiter_before_it_checks_a_signature() {
    let limiter = Arc::new(InMemory::default());
    let first = Api::limited(limiter.clone(), true);
    for _ in 0..3 {
        assert_eq!(first.token(HERE, "bad"), Err(Problem::invalid_token(&TokenError::Signature)));
    }
    let second = Api::limited(limiter, true);
    assert!(retry_after(&second.token(HERE, "bad")).is_some() && retry_after(&second.token(HERE, "good")).is_some());
    assert_eq!((first.tokens.0.load(Relaxed), second.tokens.0.load(Relaxed)), (3, 0));
}

#[test]
fn parallel_guesses_gain_nothing() {
    let api = Api::limited(Arc::new(InMemory::default()), true);
    let guesses = ["a", "b", "c", "d", "right", "e"];
    let results = finish(join_all(guesses.map(|key| api.send(HERE, Some(key), None))));
    let count = |expected: &Result<(), Problem>| results.iter().filter(|result| *result == expected).count();
    assert_eq!((count(&Ok(())), count(&Err(Problem::unknown_api_key()))), (0, 3), "{results:?}");
}

#[test]
fn attempts_come_back_after_retry_after() {
    let limiter = Arc::new(InMemory::default());
    let api = Api::limited(limiter.clone(), true);
    for _ in 0..3 {
        assert_eq!(api.key(HERE, "wrong"), Err(Problem::unknown_api_key()));
    }
    *lock(&api.clock.0) = Duration::from_millis(9_999);
    assert_eq!(retry_after(&api.key(HERE, "right")), Some(1));
    limiter.wait(Duration::from_secs(10));
    *lock(&api.clock.0) = Duration::from_secs(10);
    assert_eq!(api.key(HERE, "right"), Ok(()));
    assert_eq!(api.key(HERE, "wrong"), Err(Problem::unknown_api_key()));
    assert_eq!(retry_after(&api.key(HERE, "right")), Some(10));
}

#[test]
fn a_good_caller_needs_one_step_once_its_address_is_known() {
    let limiter = Arc::new(InMemory::default());
    let api = Api::limited(limiter.clone(), true);
    for _ in 0..3 {
        assert_eq!(api.key(HERE, "right"), Ok(()));
    }
    assert_eq!(limiter.steps(), [vec![0], vec![1, 0], vec![1, 0], vec![1, 0]]);
    assert_eq!(retry_after(&api.key(HERE, "right")), Some(10), "its own quota");
    assert_eq!(api.token(HERE, "good"), Ok(()), "another caller");
}

#[test]
fn what_is_no_failed_attempt_locks_nobody_out() {
    let api = Api::limited(Arc::new(InMemory::default()), true);
    for _ in 0..3 {
        assert_eq!(finish(api.send(HERE, None, None)).unwrap_err().slug, "unauthorized");
    }
    assert!(retry_after(&finish(api.send(HERE, None, None))).is_some(), "these have a quota as well");
    assert!(retry_after(&api.token(HERE, "unchecked")).is_some(), "and so have tokens that nobody can check");
    assert_eq!((api.key(HERE, "right"), api.token(HERE, "good")), (Ok(()), Ok(())));
}

#[test]
fn without_a_limiter_the_setting_decides() {
    let open = Api::limited(Arc::new(Broken), true);
    assert_eq!((open.key(HERE, "right"), open.key(HERE, "wrong")), (Ok(()), Err(Problem::unknown_api_key())));
    let closed = Api::limited(Arc::new(Broken), false);
    for token in ["good", "bad"] {
        assert_eq!(closed.token(HERE, token).unwrap_err().slug, "rate-limiter-unavailable", "{token}");
    }
    assert_eq!(closed.tokens.0.load(Relaxed), 0);
}

#[test]
fn the_fields_are_structured() {
    let limit = RateLimit::parse("100/60s").unwrap();
    let mut headers = HeaderMap::new();
    for (reset, expected) in [(600_000, r#""default";r=99;t=1"#), (0, r#""default";r=99;t=0"#)] {
        let reset = Duration::from_micros(reset);
        let decision = Decision { is_allowed: true, remaining: 99, reset, retry_after: Duration::ZERO };
        let state = Some((limit, decision));
        Admission { state, ..Admission::uncounted(Err(Problem::not_found())) }.add_fields(&mut headers);
        assert_eq!(headers[RATELIMIT], expected);
    }
    assert_eq!(headers[RATELIMIT_POLICY], r#""default";q=100;w=60"#);
    assert_eq!(headers.len(), 2);
}

fn used_up() -> Decision {
    let limit = RateLimit::parse("2/10s").unwrap();
    limit.decision(false, limit.capacity())
}

#[test]
fn an_address_is_refused_until_its_retry_after_has_passed() {
    let attempts = Attempts::default();
    attempts.remember("a".into(), used_up(), Duration::from_secs(100));
    for (second, retry_after) in [(100, 5), (104, 1), (105, 0), (200, 0)] {
        let decision = attempts.known("a", Duration::from_secs(second)).unwrap();
        assert_eq!(decision.retry_after.as_secs(), retry_after, "{second}");
    }
    assert_eq!(attempts.known("b", Duration::from_secs(100)), None);
}

#[test]
fn addresses_are_bounded() {
    let attempts = Attempts::default();
    let remember = |number: usize| attempts.remember(number.to_string(), used_up(), Duration::ZERO);
    (0..MAX_ADDRESSES).for_each(remember);
    remember(0);
    assert_eq!(lock(&attempts.0).len(), MAX_ADDRESSES);
    remember(MAX_ADDRESSES);
    assert_eq!(lock(&attempts.0).len(), 1, "the newest stays");
}
