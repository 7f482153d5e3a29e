//! Which bodies of answers the host has still to fetch.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The bodies of one instance's answers that are on offer and that the host has not fetched.
///
/// It can't fetch any while the instance is blocked in a call. It then sends the head of the answer alone, and
/// where it leaves Nagle's algorithm on, as Spin 4.0.1 does, the body waits until the client acknowledges the
/// head: up to 40 ms. So whoever blocks the instance looks here first.
#[derive(Debug, Default)]
pub struct Bodies(AtomicUsize);

/// One body, until it is dropped.
#[derive(Debug)]
pub struct Offer<'a>(&'a Bodies);

impl Bodies {
    /// None yet.
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// One more.
    pub fn offer(&self) -> Offer<'_> {
        self.0.fetch_add(1, Relaxed);
        Offer(self)
    }

    /// Whether the host has them all.
    pub fn are_fetched(&self) -> bool {
        self.0.load(Relaxed) == 0
    }
}

impl Drop for Offer<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_has_to_be_fetched() {
        let bodies = Bodies::new();
        assert!(bodies.are_fetched());
        let (one, other) = (bodies.offer(), bodies.offer());
        drop(one);
        assert!(!bodies.are_fetched());
        drop(other);
        assert!(bodies.are_fetched());
    }
}
