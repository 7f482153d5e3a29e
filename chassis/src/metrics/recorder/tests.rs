//! Flushes with a store that is locked or full, on a clock that the tests control.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, poll_fn};

use super::*;
use crate::log::{Form, Level};
use crate::ports::{Delta, StoreError};
use crate::types::Timestamp;

const MOVES: &str = r#"moves{outcome="done"}"#;

/// A store, a clock and a task queue that the tests control.
#[derive(Default)]
struct World {
    tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
    is_locked: AtomicBool,
    is_full: AtomicBool,
    is_time_up: AtomicBool,
    started: AtomicU64,
    kept: Mutex<Vec<Delta>>,
    slept: Mutex<Vec<Duration>>,
}

#[async_trait]
impl System for World {
    fn now(&self) -> Timestamp {
        Timestamp::from(0)
    }
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
    fn write_stderr(&self, _: &str) {}
    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
        until(|| self.is_time_up.load(Relaxed)).await;
    }
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.tasks.lock().unwrap().push(task);
    }
}

#[async_trait]
impl MetricStore for World {
    async fn add(&self, deltas: &[Delta]) -> Result<(), StoreError> {
        self.started.fetch_add(1, Relaxed);
        until(|| !self.is_locked.load(Relaxed)).await;
        if self.is_full.load(Relaxed) {
            return Err(StoreError::Unavailable("full".into()));
        }
        self.kept.lock().unwrap().extend_from_slice(deltas);
        Ok(())
    }
    async fn read(&self) -> Result<Vec<Delta>, StoreError> {
        Ok(self.kept.lock().unwrap().clone())
    }
}

impl World {
    fn recorder(self: &Arc<Self>, max_instance_reuse_count: u64) -> Arc<Recorder> {
        let log = Log { level: Level::Info, form: Form::Json, system: self.clone() };
        let settings = MetricsSettings { is_on: true, max_instance_reuse_count };
        Recorder::new(settings, self.clone(), self.clone(), Arc::new(log))
    }

    fn run_tasks(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap());
        tasks.retain_mut(|task| poll(task).is_pending());
        self.tasks.lock().unwrap().extend(tasks);
    }

    fn counted(&self, series: &str) -> f64 {
        let kept = self.kept.lock().unwrap();
        kept.iter().filter(|delta| delta.series == series).map(|delta| delta.value).sum()
    }
}

const SAMPLE: RequestSample<'static> =
    RequestSample { method: "GET", endpoint: "/health", status: 200, duration: Duration::ZERO };

const SERIES: &str = r#"http_requests{endpoint="/health",method="GET",status="200"}"#;

async fn until(is_so: impl Fn() -> bool) {
    poll_fn(|_| if is_so() { Poll::Ready(()) } else { Poll::Pending }).await;
}

fn poll<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn only_a_first_response_alone_in_its_instance_waits_for_the_flush() {
    for started in [1, 2] {
        let world = Arc::new(World::default());
        let recorder = world.recorder(128);
        (0..started).for_each(|_| recorder.request_started());
        let mut response = Box::pin(recorder.request_ended(SAMPLE));
        assert_eq!(poll(&mut response).is_pending(), started == 1);
        world.run_tasks();
        assert_eq!(world.slept.lock().unwrap().contains(&FLUSH_PAUSE), started == 2);
        world.is_time_up.store(true, Relaxed);
        world.run_tasks();
        assert_eq!(world.counted(SERIES), 1.0);
    }
}

#[test]
fn the_last_response_waits_for_the_flush() {
    let world = Arc::new(World::default());
    let recorder = world.recorder(1);
    recorder.request_started();
    let mut response = Box::pin(recorder.request_ended(SAMPLE));
    assert!(poll(&mut response).is_pending());
    world.run_tasks();
    assert!(poll(&mut response).is_ready());
    assert_eq!(world.counted(SERIES), 1.0);
}

#[test]
fn the_last_response_does_not_wait_for_a_lock() {
    let world = Arc::new(World::default());
    let recorder = world.recorder(1);
    world.is_locked.store(true, Relaxed);
    recorder.request_started();
    let mut response = Box::pin(recorder.request_ended(SAMPLE));
    assert!(poll(&mut response).is_pending());
    world.run_tasks();
    assert!(poll(&mut response).is_pending());
    world.is_time_up.store(true, Relaxed);
    assert!(poll(&mut response).is_ready());

    // The task continues if the instance does.
    world.is_locked.store(false, Relaxed);
    world.run_tasks();
    assert_eq!(world.counted(SERIES), 1.0);
}

#[test]
fn a_flush_that_waits_for_a_lock_does_not_delay_the_next() {
    let world = Arc::new(World::default());
    let recorder = world.recorder(2);
    world.is_locked.store(true, Relaxed);
    recorder.request_started();
    recorder.request_started();
    let mut responses = [SAMPLE, SAMPLE].map(|sample| Box::pin(recorder.request_ended(sample)));
    for response in &mut responses {
        assert!(poll(response).is_pending());
        world.run_tasks();
    }
    assert_eq!(world.started.load(Relaxed), 1);
    world.is_time_up.store(true, Relaxed);
    world.run_tasks();
    assert_eq!(world.started.load(Relaxed), 2);
    world.is_locked.store(false, Relaxed);
    world.run_tasks();
    assert_eq!(world.counted(SERIES), 2.0);
}

#[test]
fn a_response_before_the_last_does_not_wait() {
    let world = Arc::new(World::default());
    let recorder = world.recorder(3);
    recorder.request_started();
    recorder.request_started();
    assert!(poll(&mut Box::pin(recorder.request_ended(SAMPLE))).is_ready());
}

#[test]
fn a_cancelled_scrape_loses_no_counts() {
    let world = Arc::new(World::default());
    let recorder = world.recorder(100);
    recorder.count(MOVES);
    for is_locked in [true, false] {
        world.is_locked.store(is_locked, Relaxed);
        let mut scrape = Box::pin(recorder.flush_within(Duration::MAX));
        assert!(poll(&mut scrape).is_pending());
        world.run_tasks();
        drop(scrape);
    }
    world.run_tasks();
    assert_eq!(world.counted(MOVES), 1.0);
}

#[test]
fn counts_that_fail_to_flush_are_flushed_later_once() {
    let world = Arc::new(World::default());
    let recorder = world.recorder(100);
    recorder.count(MOVES);
    for (is_full, expected) in [(true, 0.0), (true, 0.0), (false, 1.0), (false, 1.0)] {
        world.is_full.store(is_full, Relaxed);
        let mut scrape = Box::pin(recorder.flush_within(Duration::MAX));
        assert!(poll(&mut scrape).is_pending());
        world.run_tasks();
        assert_eq!(poll(&mut scrape), Poll::Ready(!is_full));
        assert_eq!(world.counted(MOVES), expected);
    }
}
