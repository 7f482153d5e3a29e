//! Which requests share a step, and what each of them gets.

use std::future::poll_fn;
use std::task::Poll;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;
use crate::http::rate_limit::tests::InMemory;
use crate::types::RateLimit;

struct Failing;

#[async_trait]
impl RateLimiter for Failing {
    async fn take(&self, _: &[Demand]) -> Result<Vec<Taken>, Unavailable> {
        give_way().await;
        Err(Unavailable("down".into()))
    }
}

fn demand(bucket: &str, count: u32) -> Demand {
    Demand { bucket: bucket.into(), limit: RateLimit::parse("5/10s").unwrap(), count }
}

async fn take(batches: &Batches, bucket: &str) -> Result<Decision, Unavailable> {
    batches.take(&[demand(bucket, 1)]).await.map(|decisions| decisions[0])
}

#[test]
fn exactly_the_quota_passes_in_two_steps() {
    let limiter = Arc::new(InMemory::default());
    let batches = Batches::new(limiter.clone());
    let decisions = finish(join_all((0..16).map(|_| take(&batches, "a"))));
    let mut remaining: Vec<_> =
        decisions.iter().flatten().filter(|one| one.is_allowed).map(|one| one.remaining).collect();
    remaining.sort_unstable();
    assert_eq!(remaining, [0, 1, 2, 3, 4], "each has its own");
    let refused: Vec<_> = decisions.iter().flatten().filter(|one| !one.is_allowed).collect();
    assert_eq!(refused.len(), 11);
    assert!(refused.iter().all(|one| one.retry_after.as_secs() == 2 && one.remaining == 0), "{refused:?}");
    assert_eq!(limiter.steps(), [vec![1], vec![15]]);
}

#[test]
fn callers_are_counted_together_and_apart() {
    let limiter = Arc::new(InMemory::default());
    let batches = Batches::new(limiter.clone());
    let decisions = finish(join_all(["a", "b", "c", "b", "b", "c"].map(|bucket| take(&batches, bucket))));
    let remaining: Vec<_> = decisions.iter().flatten().map(|decision| decision.remaining).collect();
    assert_eq!(remaining, [4, 4, 4, 3, 2, 3]);
    assert_eq!(limiter.steps(), [vec![1], vec![3, 2]]);
}

#[test]
fn reading_a_bucket_takes_nothing_and_sees_what_its_step_has_taken() {
    let limiter = Arc::new(InMemory::default());
    let batches = Batches::new(limiter.clone());
    let read = [demand("a", 0)];
    for _ in 0..3 {
        let decision = finish(batches.take(&read)).unwrap()[0];
        assert_eq!((decision.is_allowed, decision.remaining), (true, 5));
    }
    let both = [demand("own", 1), demand("a", 0)];
    let (first, seen, others) = finish(async {
        let (first, seen) = (take(&batches, "x"), batches.take(&both));
        let others = join_all((0..5).map(|_| take(&batches, "a")));
        futures_util::join!(first, seen, others)
    });
    assert!(first.unwrap().is_allowed && others.iter().flatten().all(|decision| decision.is_allowed));
    let seen = seen.unwrap();
    assert_eq!((seen[0].remaining, seen[1].is_allowed), (4, false), "five of five came in the same step");
    assert_eq!(limiter.steps().last(), Some(&vec![1, 5]));
}

#[test]
fn a_step_that_is_cancelled_is_repeated_by_another() {
    let limiter = Arc::new(InMemory::default());
    let batches = Batches::new(limiter.clone());
    let mut first = Box::pin(take(&batches, "a"));
    assert!((&mut first).now_or_never().is_none(), "its step is under way");
    let mut second = Box::pin(take(&batches, "a"));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert!(finish(second).unwrap().is_allowed);
    assert_eq!(limiter.steps(), [vec![1], vec![1]]);
}

#[test]
fn a_failure_is_that_of_the_whole_batch_and_not_kept() {
    let batches = Batches::new(Arc::new(Failing));
    for _ in 0..2 {
        assert!(finish(join_all((0..3).map(|_| take(&batches, "a")))).iter().all(Result::is_err));
    }
}

/// Lets others run once.
pub(in crate::http::rate_limit) async fn give_way() {
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
pub(in crate::http::rate_limit) fn finish<T>(work: impl Future<Output = T>) -> T {
    let mut work = Box::pin(work);
    loop {
        if let Some(done) = (&mut work).now_or_never() {
            return done;
        }
    }
}
