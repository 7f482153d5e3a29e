//! Requests of one instance are counted together where that can be.
//!
//! A step of the limiter costs as much as all the rest of a small request, however many it is for. So
//! those who come while one is under way are counted by the next, and for a busy caller who is far from
//! the limit a step counts some requests ahead, which then need none; see [`Reserve`]. Never do more pass
//! than may, and what was counted ahead in vain is given back.

use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use tokio::sync::OnceCell;

use super::lock;
use super::reserve::{LIFE, Reserve, decide};
use crate::domain::{Decision, RateLimit};
use crate::ports::{Demand, RateLimiter, RateLimiterError, System, Taken};

/// Puts requests together, and gives each its own decision.
pub(super) struct Batches {
    limiter: Arc<dyn RateLimiter>,
    system: Arc<dyn System>,
    /// How many more requests the instance may get, after which nothing is left undone.
    to_come: Box<dyn Fn() -> u64 + Send + Sync>,
    /// The batch that is still open.
    open: Mutex<Arc<Batch>>,
    /// Held while a step is under way.
    turn: tokio::sync::Mutex<()>,
    /// What became of the last step of each bucket that was there lately, and of those before it that
    /// have places left, the oldest first.
    reserves: Mutex<Vec<Arc<Reserve>>>,
}

/// Requests that are counted in one step. Whoever comes first takes the step; if that request is given
/// up before the step has ended, another of them takes it again.
#[derive(Default)]
struct Batch {
    demands: Mutex<Vec<Demand>>,
    outcome: OnceCell<Result<Outcome, RateLimiterError>>,
}

/// What became of each demand, and when.
struct Outcome {
    taken: Vec<Taken>,
    now: i64,
}

/// Which request of a batch somebody's is.
#[derive(Clone, Copy)]
struct Place {
    demand: usize,
    request: u32,
}

impl Batches {
    pub(super) fn new(
        limiter: Arc<dyn RateLimiter>,
        system: Arc<dyn System>,
        to_come: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        let turn = tokio::sync::Mutex::new(());
        Self { limiter, system, to_come: Box::new(to_come), open: Mutex::default(), turn, reserves: Mutex::default() }
    }

    /// Counts one request.
    pub(super) async fn take(&self, bucket: &str, limit: RateLimit) -> Result<Decision, RateLimiterError> {
        match self.take_ahead(bucket) {
            Some(decision) => Ok(decision),
            None => self.take_together(bucket, limit).await,
        }
    }

    /// Gives back what was counted ahead, if nobody comes any more to use it: the instance ends with its
    /// last answer, and with it the task that would do so.
    pub(super) async fn settle(&self) {
        if (self.to_come)() > 0 {
            return;
        }
        let left: Vec<_> = lock(&self.reserves).drain(..).filter_map(|reserve| reserve.close()).collect();
        for demand in left {
            // Where that fails, some requests fewer pass for a while.
            let _ = self.limiter.give_back(&demand).await;
        }
    }

    fn take_ahead(&self, bucket: &str) -> Option<Decision> {
        let elapsed = self.system.elapsed();
        let reserves = lock(&self.reserves);
        reserves.iter().filter(|reserve| reserve.bucket == bucket).find_map(|reserve| reserve.take(elapsed))
    }

    async fn take_together(&self, bucket: &str, limit: RateLimit) -> Result<Decision, RateLimiterError> {
        let (batch, place) = self.join(bucket, limit);
        let outcome = batch.outcome.get_or_init(|| self.step(&batch)).await.as_ref();
        let Outcome { taken, now } = outcome.map_err(Clone::clone)?;
        let taken = taken.get(place.demand).ok_or_else(|| RateLimiterError("a demand has no result".into()))?;
        Ok(decide(limit, *taken, *now, place.request))
    }

    /// Adds a request to the open batch.
    fn join(&self, bucket: &str, limit: RateLimit) -> (Arc<Batch>, Place) {
        let open = lock(&self.open);
        let mut demands = lock(&open.demands);
        let place = match demands.iter_mut().enumerate().find(|(_, demand)| demand.bucket == bucket) {
            Some((index, demand)) => {
                demand.count = demand.count.saturating_add(1);
                Place { demand: index, request: demand.count.saturating_sub(1) }
            }
            None => {
                demands.push(Demand { bucket: bucket.to_owned(), limit, count: 1 });
                Place { demand: demands.len().saturating_sub(1), request: 0 }
            }
        };
        drop(demands);
        (open.clone(), place)
    }

    async fn step(&self, batch: &Arc<Batch>) -> Result<Outcome, RateLimiterError> {
        let _turn = self.turn.lock().await;
        let waiting = self.close(batch);
        let demands: Vec<_> = waiting.iter().map(|demand| self.with_spare(demand)).collect();
        let since = self.system.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        let taken = self.limiter.take(&demands, now).await?;
        for (demand, taken) in waiting.iter().zip(&taken) {
            self.keep(demand, *taken, now);
        }
        Ok(Outcome { taken, now })
    }

    /// What is in the batch, to which nothing is added any more.
    fn close(&self, batch: &Arc<Batch>) -> Vec<Demand> {
        let mut open = lock(&self.open);
        if Arc::ptr_eq(&open, batch) {
            *open = Arc::default();
        }
        lock(&batch.demands).clone()
    }

    fn with_spare(&self, waiting: &Demand) -> Demand {
        let elapsed = self.system.elapsed();
        let reserves = lock(&self.reserves);
        let last = reserves.iter().rfind(|reserve| reserve.bucket == waiting.bucket);
        let to_come = u32::try_from((self.to_come)()).unwrap_or(u32::MAX);
        let spare = last.map_or(0, |last| last.spare(elapsed)).min(to_come);
        Demand { count: waiting.count.saturating_add(spare), ..waiting.clone() }
    }

    /// Keeps what became of a demand until it is too old, and then gives back what was counted in vain.
    fn keep(&self, waiting: &Demand, taken: Taken, now: i64) {
        let elapsed = self.system.elapsed();
        let reserve = Arc::new(Reserve::new(waiting, taken, now, waiting.count, elapsed + LIFE));
        let mut reserves = lock(&self.reserves);
        reserves.retain(|known| known.has_places() || known.bucket != waiting.bucket && !known.is_over(elapsed));
        reserves.push(reserve.clone());
        if taken.passed > waiting.count {
            let (limiter, system) = (self.limiter.clone(), self.system.clone());
            self.system.spawn(Box::pin(async move {
                system.sleep(LIFE).await;
                if let Some(demand) = reserve.close() {
                    let _ = limiter.give_back(&demand).await;
                }
            }));
        }
    }
}

#[cfg(test)]
mod tests;
