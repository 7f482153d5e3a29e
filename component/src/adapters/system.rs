//! Time and randomness from WASI.

use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use crate::ports::System;

/// The host's clocks and random numbers.
#[derive(Clone, Copy, Debug)]
pub struct SpinSystem {
    start: Instant,
}

impl SpinSystem {
    /// A system whose [`System::elapsed`] counts from now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SpinSystem {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl System for SpinSystem {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // WASI's random numbers can't fail, so that there is no error to report.
        let _ = getrandom::fill(&mut bytes);
        bytes
    }

    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        spin_sdk::wasip3::spawn(task);
    }
}
