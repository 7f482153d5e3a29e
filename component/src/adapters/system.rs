//! Time and randomness from WASI.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::ports::System;

/// The host's clocks and random numbers.
#[derive(Clone, Copy, Debug)]
pub struct SpinSystem;

#[async_trait]
impl System for SpinSystem {
    fn now(&self) -> SystemTime {
        SystemTime::now()
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
}
