//! Response bodies that the host has not fetched yet.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Number of these bodies in an instance.
///
/// The host fetches none while the instance is blocked in a call: it sends the head alone. Spin 4.0.1 leaves Nagle's
/// algorithm on, so the body then waits up to 40 ms for the acknowledgement of the head. So no call blocks the instance
/// while a body is pending.
#[derive(Debug, Default)]
pub(super) struct PendingBodies(AtomicUsize);

/// Counts one body until it is dropped.
pub(super) struct PendingBody<'a>(&'a PendingBodies);

impl PendingBodies {
    pub(super) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(super) fn add(&self) -> PendingBody<'_> {
        self.0.fetch_add(1, Relaxed);
        PendingBody(self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.load(Relaxed) == 0
    }
}

impl Drop for PendingBody<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_has_to_be_fetched() {
        let bodies = PendingBodies::new();
        assert!(bodies.is_empty());
        let (one, other) = (bodies.add(), bodies.add());
        drop(one);
        assert!(!bodies.is_empty());
        drop(other);
        assert!(bodies.is_empty());
    }
}
