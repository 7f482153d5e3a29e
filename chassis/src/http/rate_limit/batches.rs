//! Takes the requests of one instance from their quotas together.
//!
//! A step of the limiter costs as much as the rest of a small request, for any number of requests. So those that
//! arrive during a step share the next one.

use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::lock;
use crate::ports::{Demand, RateLimiter, RateLimiterError, Taken};
use crate::types::{Decision, RateLimit};

/// Puts demands together, and gives each its own decision.
pub(super) struct Batches {
    limiter: Arc<dyn RateLimiter>,
    /// The batch that is still open.
    open: Mutex<Arc<Batch>>,
    /// Held during a step.
    turn: tokio::sync::Mutex<()>,
}

/// Demands of one step. The first request to arrive takes the step; if that request is cancelled before the step has
/// ended, another of them repeats it.
#[derive(Default)]
struct Batch {
    demands: Mutex<Vec<Demand>>,
    outcome: OnceCell<Result<Vec<Taken>, RateLimiterError>>,
}

/// Where a request's demand is in a batch.
#[derive(Clone, Copy)]
struct Place {
    demand: usize,
    /// The number of requests to the same bucket before it; `None` if it only reads the bucket.
    request: Option<u32>,
}

impl Batches {
    pub(super) fn new(limiter: Arc<dyn RateLimiter>) -> Self {
        Self { limiter, open: Mutex::default(), turn: tokio::sync::Mutex::new(()) }
    }

    /// Takes or reads what one request demands: at most one request of each bucket, all in the same step.
    pub(super) async fn take(&self, demands: &[Demand]) -> Result<Vec<Decision>, RateLimiterError> {
        let (batch, places) = self.join(demands);
        let taken = batch.outcome.get_or_init(|| self.step(&batch)).await.as_ref().map_err(Clone::clone)?;
        let decisions = demands.iter().zip(places).map(|(demand, place)| {
            let taken = taken.get(place.demand).ok_or_else(|| RateLimiterError("a demand has no result".into()))?;
            Ok(decide(demand.limit, *taken, place.request))
        });
        decisions.collect()
    }

    /// Adds demands to the open batch.
    fn join(&self, demands: &[Demand]) -> (Arc<Batch>, Vec<Place>) {
        let open = lock(&self.open);
        let mut waiting = lock(&open.demands);
        let places = demands.iter().map(|demand| add(&mut waiting, demand)).collect();
        drop(waiting);
        (open.clone(), places)
    }

    async fn step(&self, batch: &Arc<Batch>) -> Result<Vec<Taken>, RateLimiterError> {
        let _turn = self.turn.lock().await;
        let demands = self.close(batch);
        self.limiter.take(&demands).await
    }

    /// The demands of the batch, to which no more are added.
    fn close(&self, batch: &Arc<Batch>) -> Vec<Demand> {
        let mut open = lock(&self.open);
        if Arc::ptr_eq(&open, batch) {
            *open = Arc::default();
        }
        lock(&batch.demands).clone()
    }
}

fn add(waiting: &mut Vec<Demand>, demand: &Demand) -> Place {
    let takes = demand.count > 0;
    let found = waiting.iter_mut().enumerate().find(|(_, known)| known.bucket == demand.bucket);
    let (place, before) = match found {
        Some((place, known)) => {
            let before = known.count;
            known.count = before.saturating_add(demand.count);
            (place, before)
        }
        None => {
            waiting.push(demand.clone());
            (waiting.len() - 1, 0)
        }
    };
    Place { demand: place, request: takes.then_some(before) }
}

/// The decision on one request of a demand, whose first requests pass, or on a read of the bucket after all of them.
fn decide(limit: RateLimit, Taken { passed, backlog }: Taken, request: Option<u32>) -> Decision {
    let Some(request) = request else {
        let decision = limit.decision(true, backlog);
        return Decision { is_allowed: decision.remaining > 0, ..decision };
    };
    let later = passed.saturating_sub(request).saturating_sub(1);
    limit.decision(request < passed, backlog - i64::from(later) * limit.cost())
}

#[cfg(test)]
pub(super) mod tests;
