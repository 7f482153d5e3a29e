//! When keys are fetched, by a clock that the tests set.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::Poll;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde_json::json;

use super::*;
use crate::log::{Form, Level};
use crate::ports::Unavailable;
use crate::tokens::jwks::Algorithm;
use crate::tokens::test_keys::{TestKey, ed25519};

thread_local! {
    /// What the instances of a test have spawned.
    static TASKS: RefCell<Vec<BoxFuture<'static, ()>>> = const { RefCell::new(Vec::new()) };
}

/// What several instances have in common.
#[derive(Default)]
struct World {
    millis: AtomicU64,
    published: Mutex<Option<String>>,
    fetches: AtomicUsize,
    is_store_broken: AtomicBool,
    stored: Mutex<HashMap<String, Vec<u8>>>,
}

#[async_trait]
impl System for World {
    fn now(&self) -> Timestamp {
        Timestamp::from(0).after(self.elapsed())
    }
    fn elapsed(&self) -> Duration {
        Duration::from_secs(1_700_000_000) + Duration::from_millis(self.millis.load(Relaxed))
    }
    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
    fn write_stderr(&self, _: &str) {}
    async fn sleep(&self, _: Duration) {}
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        TASKS.with_borrow_mut(|tasks| tasks.push(task));
    }
}

#[async_trait]
impl KeyValue for World {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        if self.is_store_broken.load(Relaxed) {
            return Err(Unavailable("broken".into()));
        }
        let value = lock(&self.stored).get(name).cloned();
        // Lets other instances write, so that the value may be outdated when the caller gets it.
        others_have_their_turn().await;
        Ok(value)
    }
    async fn set(&self, name: &str, value: &[u8]) -> Result<(), Unavailable> {
        if self.is_store_broken.load(Relaxed) {
            return Err(Unavailable("broken".into()));
        }
        lock(&self.stored).insert(name.to_owned(), value.to_vec());
        Ok(())
    }
}

#[async_trait]
impl JwksSource for World {
    async fn fetch(&self, _: &str) -> Result<Vec<u8>, Unavailable> {
        self.fetches.fetch_add(1, Relaxed);
        others_have_their_turn().await;
        lock(&self.published).clone().map(String::into_bytes).ok_or_else(|| Unavailable("away".into()))
    }
}

/// Yields to all other work once, as a real wait would.
async fn others_have_their_turn() {
    let mut has_waited = false;
    futures_util::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl World {
    fn publish(&self, keys: &[(&str, &TestKey)]) {
        let keys: Vec<_> = keys.iter().map(|(id, key)| key.jwk(id)).collect();
        *lock(&self.published) = Some(json!({ "keys": keys }).to_string());
    }

    fn go_away(&self) {
        *lock(&self.published) = None;
    }

    fn instance(self: &Arc<Self>) -> Arc<IssuerKeys> {
        let log = Arc::new(Log { level: Level::Error, form: Form::Json, system: self.clone() });
        let dependencies = Dependencies { source: self.clone(), store: self.clone(), system: self.clone(), log };
        IssuerKeys::new("https://issuer/jwks", dependencies)
    }

    fn pass(&self, span: Duration) {
        let millis = u64::try_from(span.as_millis()).unwrap();
        self.millis.fetch_add(millis, Relaxed);
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Relaxed)
    }
}

fn wanted(id: &str) -> WantedKey {
    WantedKey { algorithm: Algorithm::Ed25519, id: Some(id.to_owned()) }
}

fn find(instance: &Arc<IssuerKeys>, id: &str) -> Result<(), TokenError> {
    block_on(instance.find(&wanted(id))).map(drop)
}

/// Polls the work and every task until the work is ready; nothing here waits for anything else.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut work = Box::pin(work);
    loop {
        if let Some(result) = work.as_mut().now_or_never() {
            return result;
        }
        run_tasks();
    }
}

/// Polls every task once. Returns whether one is left.
fn run_tasks() -> bool {
    let mut tasks = TASKS.take();
    tasks.retain_mut(|task| task.now_or_never().is_none());
    TASKS.with_borrow_mut(|left| {
        left.extend(tasks);
        !left.is_empty()
    })
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn keys_are_fetched_once_and_shared_by_requests_and_instances() {
    let world = Arc::new(World::default());
    world.publish(&[("a", &ed25519())]);
    let instance = world.instance();
    let a = wanted("a");
    let found = block_on(join_all((0..16).map(|_| instance.find(&a))));
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(find(&world.instance(), "a"), Ok(()));
    assert_eq!(world.fetches(), 1);
}

#[test]
fn a_new_key_is_fetched_at_most_once_a_minute() {
    let world = Arc::new(World::default());
    world.publish(&[("a", &ed25519())]);
    let instance = world.instance();
    assert_eq!(find(&instance, "a"), Ok(()));
    world.publish(&[("b", &ed25519())]);
    assert_eq!(find(&instance, "b"), Ok(()));
    assert_eq!(world.fetches(), 2);
    assert_eq!(find(&instance, "a"), Err(TokenError::UnknownKey), "it was taken back");
    world.pass(PAUSE - SECOND);
    for instance in [&instance, &world.instance()] {
        assert_eq!(find(instance, "c"), Err(TokenError::UnknownKey));
        assert_eq!(world.fetches(), 2);
    }
    world.pass(SECOND);
    assert_eq!(find(&instance, "c"), Err(TokenError::UnknownKey));
    assert_eq!(world.fetches(), 3);
}

#[test]
fn instances_that_begin_at_once_fetch_once_each() {
    let world = Arc::new(World::default());
    let instances: Vec<_> = (0..4).map(|_| world.instance()).collect();
    for (id, fetches) in [("a", 4), ("b", 8)] {
        world.publish(&[(id, &ed25519())]);
        let wanted = wanted(id);
        let twice = instances.iter().chain(&instances);
        let found = block_on(join_all(twice.map(|instance| instance.find(&wanted))));
        assert!(found.iter().all(Result::is_ok), "{found:?}");
        assert_eq!(world.fetches(), fetches);
    }
    assert_eq!(find(&world.instance(), "c"), Err(TokenError::UnknownKey));
    assert_eq!(world.fetches(), 8, "a pause follows");
}

/// Begins a request for the key `a`, and drops it as soon as the fetch has begun.
fn begin_fetch(world: &World, instance: &Arc<IssuerKeys>) {
    let a = wanted("a");
    let mut finding = Box::pin(instance.find(&a));
    while world.fetches() == 0 {
        assert!(finding.as_mut().now_or_never().is_none());
        run_tasks();
    }
}

#[test]
fn a_fetch_outlives_the_request_that_began_it() {
    let world = Arc::new(World::default());
    world.publish(&[("a", &ed25519())]);
    let instance = world.instance();
    begin_fetch(&world, &instance);
    while run_tasks() {}
    world.go_away();
    for instance in [&instance, &world.instance()] {
        assert_eq!(find(instance, "a"), Ok(()));
    }
    assert_eq!(world.fetches(), 1);
}

#[test]
fn an_instance_that_ended_while_it_fetched_leaves_it_to_the_next() {
    let world = Arc::new(World::default());
    world.publish(&[("a", &ed25519())]);
    begin_fetch(&world, &world.instance());
    drop(TASKS.take());
    assert_eq!(find(&world.instance(), "a"), Ok(()));
    assert_eq!(world.fetches(), 2);
}

#[test]
fn an_instance_takes_over_what_another_has_fetched() {
    let world = Arc::new(World::default());
    world.publish(&[("a", &ed25519())]);
    let (old, new) = (world.instance(), world.instance());
    assert_eq!(find(&old, "a"), Ok(()));
    world.pass(SECOND);
    world.publish(&[("b", &ed25519())]);
    assert_eq!(find(&new, "b"), Ok(()));
    assert_eq!(find(&old, "b"), Ok(()));
    assert_eq!(world.fetches(), 2);
}

#[test]
fn old_keys_are_fetched_again_but_good_while_they_cannot_be() {
    let world = Arc::new(World::default());
    world.publish(&[("a", &ed25519())]);
    let instance = world.instance();
    assert_eq!(find(&instance, "a"), Ok(()));
    world.pass(REFRESH_AFTER - SECOND);
    assert_eq!(find(&instance, "a"), Ok(()));
    assert_eq!(world.fetches(), 1);
    world.go_away();
    world.pass(SECOND);
    for instance in [&instance, &world.instance()] {
        assert_eq!(find(instance, "a"), Ok(()));
        assert_eq!(find(instance, "b"), Err(TokenError::UnknownKey));
        assert_eq!(world.fetches(), 2, "once a minute");
    }
    for broken in ["", "{}", r#"{"keys":[]}"#] {
        *lock(&world.published) = Some(broken.into());
        world.pass(PAUSE);
        assert_eq!(find(&instance, "a"), Ok(()), "{broken}");
        while run_tasks() {}
    }
    world.publish(&[("b", &ed25519())]);
    world.pass(PAUSE);
    assert_eq!(find(&instance, "a"), Ok(()), "the fetch begins");
    while run_tasks() {}
    assert_eq!(find(&instance, "a"), Err(TokenError::UnknownKey), "taken back");
}

#[test]
fn requests_with_a_known_key_do_not_wait_for_a_fetch() {
    let world = Arc::new(World::default());
    world.publish(&[("a", &ed25519())]);
    let instance = world.instance();
    assert_eq!(find(&instance, "a"), Ok(()));
    world.pass(REFRESH_AFTER);
    for _ in 0..2 {
        let a = wanted("a");
        let mut finding = Box::pin(instance.find(&a));
        // No task runs meanwhile.
        let found = (0..10).find_map(|_| finding.as_mut().now_or_never());
        assert!(found.is_some_and(|found| found.is_ok()));
    }
    assert_eq!(world.fetches(), 1);
    while run_tasks() {}
    assert_eq!(world.fetches(), 2);
}

#[test]
fn while_no_key_is_known_nobody_gets_in_and_the_issuer_is_spared() {
    let world = Arc::new(World::default());
    let instance = world.instance();
    let a = wanted("a");
    let found = block_on(join_all((0..16).map(|_| instance.find(&a))));
    assert!(found.iter().all(|found| matches!(found, Err(TokenError::KeysUnavailable(_)))), "{found:?}");
    world.publish(&[("a", &ed25519())]);
    world.pass(FIRST_PAUSE - SECOND);
    for instance in [&instance, &world.instance()] {
        assert!(matches!(find(instance, "a"), Err(TokenError::KeysUnavailable(_))));
        assert_eq!(world.fetches(), 1);
    }
    world.pass(SECOND);
    assert_eq!(find(&instance, "a"), Ok(()));
}

#[test]
fn a_broken_store_costs_fetches_and_nothing_else() {
    let world = Arc::new(World::default());
    world.is_store_broken.store(true, Relaxed);
    world.publish(&[("a", &ed25519())]);
    for fetches in [1, 2] {
        let instance = world.instance();
        for _ in 0..2 {
            assert_eq!(find(&instance, "a"), Ok(()));
        }
        assert_eq!(world.fetches(), fetches);
    }
}

#[test]
fn what_is_broken_in_the_store_is_nothing() {
    let world = Arc::new(World::default());
    let names = world.instance();
    for name in [&names.name, &names.pause_name] {
        for broken in [&b"\xff"[..], b"", b"x {}", b"1700000000000", b"1700000000000 {}"] {
            lock(&world.stored).insert(name.clone(), broken.to_vec());
            world.publish(&[("a", &ed25519())]);
            world.pass(FIRST_PAUSE);
            assert_eq!(find(&world.instance(), "a"), Ok(()), "{name} {broken:?}");
        }
    }
}

#[test]
fn a_moment_far_in_the_future_is_of_a_wrong_clock() {
    let moment = |seconds: i64| Timestamp::from(seconds * 1000);
    assert!(is_within(moment(100), moment(159), PAUSE));
    assert!(is_within(moment(159), moment(100), PAUSE));
    assert!(!is_within(moment(100), moment(160), PAUSE));
    assert!(!is_within(moment(160), moment(100), PAUSE));
}
