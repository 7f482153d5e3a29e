//! Counts the requests of one instance together: a step of the limiter costs as much as the rest of a small request, so
//! requests that arrive during a step share the next one.

use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::ports::{Demand, RateLimiter, Taken, Unavailable, lock};
use crate::types::Decision;

pub(super) struct Batches {
    limiter: Arc<dyn RateLimiter>,
    /// The batch that requests can join.
    open: Mutex<Arc<Batch>>,
    turn: tokio::sync::Mutex<()>,
}

/// Demands of one step, which the first request runs. If that request is cancelled, another repeats the step.
#[derive(Default)]
struct Batch {
    demands: Mutex<Vec<Demand>>,
    outcome: OnceCell<Result<Vec<Taken>, Unavailable>>,
}

/// A request's demand in its batch, and the number of requests to the same bucket before it.
struct Position {
    demand: usize,
    earlier: u32,
}

impl Batches {
    pub(super) fn new(limiter: Arc<dyn RateLimiter>) -> Self {
        Self { limiter, open: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Takes or reads the demands of one request, in one step. Each demand takes at most one request from its bucket.
    pub(super) async fn take(&self, demands: &[Demand]) -> Result<Vec<Decision>, Unavailable> {
        let (batch, positions) = self.join(demands);
        let taken = batch.outcome.get_or_init(|| self.step(&batch)).await.as_ref().map_err(Clone::clone)?;
        let decisions = demands.iter().zip(positions).map(|(demand, position)| {
            let taken = taken.get(position.demand).ok_or_else(|| Unavailable("a demand has no result".into()))?;
            Ok(decide(demand, *taken, position.earlier))
        });
        decisions.collect()
    }

    fn join(&self, demands: &[Demand]) -> (Arc<Batch>, Vec<Position>) {
        let open = lock(&self.open);
        let mut waiting = lock(&open.demands);
        let positions = demands.iter().map(|demand| add(&mut waiting, demand)).collect();
        drop(waiting);
        (open.clone(), positions)
    }

    async fn step(&self, batch: &Arc<Batch>) -> Result<Vec<Taken>, Unavailable> {
        let _turn = self.turn.lock().await;
        // No request can join the batch any more.
        let demands = {
            let mut open = lock(&self.open);
            if Arc::ptr_eq(&open, batch) {
                *open = Arc::default();
            }
            lock(&batch.demands).clone()
        };
        self.limiter.take(&demands).await
    }
}

fn add(waiting: &mut Vec<Demand>, added: &Demand) -> Position {
    if let Some((demand, known)) = waiting.iter_mut().enumerate().find(|(_, known)| known.bucket == added.bucket) {
        let earlier = known.count;
        known.count = earlier.saturating_add(added.count);
        return Position { demand, earlier };
    }
    waiting.push(added.clone());
    Position { demand: waiting.len() - 1, earlier: 0 }
}

/// Decides on a request after `earlier` ones, or on a read of the bucket after all requests of the step.
fn decide(Demand { limit, count, .. }: &Demand, Taken { passed, backlog }: Taken, earlier: u32) -> Decision {
    if *count == 0 {
        let decision = limit.decision(true, backlog);
        return Decision { is_allowed: decision.remaining > 0, ..decision };
    }
    let later = passed.saturating_sub(earlier).saturating_sub(1);
    limit.decision(earlier < passed, backlog - i64::from(later) * limit.cost())
}

#[cfg(test)]
pub(super) mod tests;
