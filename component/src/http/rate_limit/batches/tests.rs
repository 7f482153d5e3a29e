//! Who is counted with whom.

use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};

use super::*;

const NOW: i64 = 1_700_000_000_000_000;

/// A clock that only goes on while somebody sleeps, and tasks that run when they are told to.
#[derive(Default)]
struct Clock {
    elapsed: Mutex<Duration>,
    tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
}

impl Clock {
    fn run_tasks(&self) {
        let tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.into_iter().for_each(finish);
    }
}

#[async_trait]
impl System for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000) + self.elapsed()
    }
    fn elapsed(&self) -> Duration {
        *lock(&self.elapsed)
    }
    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
    fn write_stderr(&self, _: &str) {}
    async fn sleep(&self, duration: Duration) {
        give_way().await;
        *lock(&self.elapsed) += duration;
    }
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        lock(&self.tasks).push(task);
    }
}

/// Counts as the adapters do, and gives way once in each step, for others to come.
#[derive(Default)]
struct InMemory {
    arrivals: Mutex<HashMap<String, i64>>,
    steps: Mutex<Vec<Vec<u32>>>,
}

#[async_trait]
impl RateLimiter for InMemory {
    async fn take(&self, demands: &[Demand], now: i64) -> Result<Vec<Taken>, RateLimiterError> {
        lock(&self.steps).push(demands.iter().map(|demand| demand.count).collect());
        give_way().await;
        let mut arrivals = lock(&self.arrivals);
        let mut take = |Demand { bucket, limit, count }: &Demand| {
            let mut taken = Taken { passed: 0, arrival: arrivals.get(bucket).copied().unwrap_or(now) };
            for _ in 0..*count {
                let (is_allowed, arrival) = limit.take(Some(taken.arrival), now);
                taken = Taken { passed: taken.passed + u32::from(is_allowed), arrival };
            }
            arrivals.insert(bucket.clone(), taken.arrival);
            taken
        };
        Ok(demands.iter().map(&mut take).collect())
    }

    async fn give_back(&self, Demand { bucket, limit, count }: &Demand) -> Result<(), RateLimiterError> {
        if let Some(arrival) = lock(&self.arrivals).get_mut(bucket) {
            *arrival -= i64::from(*count) * limit.cost();
        }
        Ok(())
    }
}

struct Failing;

#[async_trait]
impl RateLimiter for Failing {
    async fn take(&self, _: &[Demand], _: i64) -> Result<Vec<Taken>, RateLimiterError> {
        give_way().await;
        Err(RateLimiterError("away".into()))
    }

    async fn give_back(&self, _: &Demand) -> Result<(), RateLimiterError> {
        Err(RateLimiterError("away".into()))
    }
}

fn limit() -> RateLimit {
    RateLimit::parse("5/10s").unwrap()
}

/// With as many requests to come as anybody may want.
fn batches(limiter: Arc<dyn RateLimiter>) -> (Batches, Arc<Clock>) {
    let clock = Arc::new(Clock::default());
    (Batches::new(limiter, clock.clone(), || 128), clock)
}

#[test]
fn exactly_the_quota_passes_in_few_steps() {
    let limiter = Arc::new(InMemory::default());
    let (batches, _) = batches(limiter.clone());
    let decisions = finish(join_all((0..16).map(|_| batches.take("a", limit()))));
    let mut remaining: Vec<_> =
        decisions.iter().flatten().filter(|one| one.is_allowed).map(|one| one.remaining).collect();
    remaining.sort_unstable();
    assert_eq!(remaining, [0, 1, 2, 3, 4], "each has its own");
    let refused: Vec<_> = decisions.iter().flatten().filter(|one| !one.is_allowed).collect();
    assert_eq!(refused.len(), 11);
    assert!(refused.iter().all(|one| one.retry_after.as_secs() == 2 && one.remaining == 0), "{refused:?}");
    assert_eq!(*lock(&limiter.steps), [vec![1], vec![15]]);
}

#[test]
fn callers_are_counted_together_and_apart() {
    let limiter = Arc::new(InMemory::default());
    let (batches, _) = batches(limiter.clone());
    let callers = ["a", "b", "c", "b", "b", "c"];
    let decisions = finish(join_all(callers.map(|bucket| batches.take(bucket, limit()))));
    let remaining: Vec<_> = decisions.iter().flatten().map(|decision| decision.remaining).collect();
    assert_eq!(remaining, [4, 4, 4, 3, 2, 3]);
    assert_eq!(*lock(&limiter.steps), [vec![1], vec![3, 2]]);
}

#[test]
fn a_busy_caller_needs_few_steps_and_loses_nothing() {
    let limit = RateLimit::parse("1000000/1s").unwrap();
    let limiter = Arc::new(InMemory::default());
    let (batches, clock) = batches(limiter.clone());
    let remaining = (0..20).map(|_| finish(batches.take("a", limit)).unwrap().remaining).collect::<Vec<_>>();
    assert_eq!(remaining, (999_980..1_000_000).rev().collect::<Vec<_>>(), "as if each had a step of its own");
    assert_eq!(*lock(&limiter.steps), [vec![1], vec![17], vec![17]]);
    clock.run_tasks();
    // Time has passed, in which the quota comes back; so look at what was taken.
    assert_eq!(lock(&limiter.arrivals)["a"], NOW + 20 * limit.cost());
}

#[test]
fn the_last_request_of_an_instance_leaves_nothing() {
    let limit = RateLimit::parse("1000000/1s").unwrap();
    let (limiter, clock) = (Arc::new(InMemory::default()), Arc::new(Clock::default()));
    let to_come = Arc::new(Mutex::new(4_u64));
    let count = to_come.clone();
    let batches = Batches::new(limiter.clone(), clock, move || *lock(&count));
    for left in [3, 2, 0] {
        *lock(&to_come) = left;
        finish(batches.take("a", limit)).unwrap();
        finish(batches.settle());
    }
    assert_eq!(*lock(&limiter.steps), [vec![1], vec![3]], "no more than come");
    assert_eq!(lock(&limiter.arrivals)["a"], NOW + 3 * limit.cost());
}

#[test]
fn a_step_that_is_given_up_is_taken_by_another() {
    let limiter = Arc::new(InMemory::default());
    let (batches, _) = batches(limiter.clone());
    let mut first = Box::pin(batches.take("a", limit()));
    assert!((&mut first).now_or_never().is_none(), "its step is under way");
    let mut second = Box::pin(batches.take("a", limit()));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert!(finish(second).unwrap().is_allowed);
    assert_eq!(*lock(&limiter.steps), [vec![1], vec![1]]);
}

#[test]
fn a_failure_is_everybodys_and_not_kept() {
    let (batches, _) = batches(Arc::new(Failing));
    for _ in 0..2 {
        let requests = (0..3).map(|_| batches.take("a", limit()));
        assert!(finish(join_all(requests)).iter().all(Result::is_err));
    }
}

async fn give_way() {
    let mut has_given_way = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_given_way, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// Polls until it is ready.
fn finish<T>(work: impl Future<Output = T>) -> T {
    let mut work = Box::pin(work);
    loop {
        if let Some(done) = (&mut work).now_or_never() {
            return done;
        }
    }
}
