//! A run: all connections, from the first request to the last answer.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::task::spawn_local;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::plan::Plan;
use crate::schedule::{Schedule, Timing};
use crate::tally::Tally;

/// Sends requests over `connections` connections for as long as `timing` says, and waits for the answers.
pub(crate) async fn run(address: SocketAddr, plan: Plan, connections: u32, timing: Timing, tally: &Rc<RefCell<Tally>>) {
    let plan = Rc::new(plan);
    let schedule = Rc::new(Schedule::new(timing, Instant::now()));
    let workers: Vec<_> = (0..connections)
        .map(|number| {
            let (plan, schedule, tally) = (plan.clone(), schedule.clone(), tally.clone());
            spawn_local(async move { work(address, &plan, (number, connections), &schedule, &tally).await })
        })
        .collect();
    for worker in workers {
        if let Err(error) = worker.await {
            tally.borrow_mut().failed(format!("the generator itself: {error}"));
        }
    }
}

async fn work(address: SocketAddr, plan: &Plan, place: (u32, u32), schedule: &Schedule, tally: &RefCell<Tally>) {
    let mut connection = Connection::new(address);
    for planned in plan.of_connection(place.0, place.1) {
        let Some(since) = schedule.next().await else {
            break;
        };
        tally.borrow_mut().sent();
        let answer = connection.exchange(planned).await;
        let now = Instant::now();
        let mut tally = tally.borrow_mut();
        match answer {
            Ok(()) => tally.answered(now - since, now < schedule.end()),
            Err(failure) => tally.failed(failure.to_string()),
        }
    }
}
