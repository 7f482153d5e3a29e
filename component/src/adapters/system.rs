//! Time, randomness and stderr from WASI.

use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use wasip2::cli::stderr::get_stderr;
use wasip2::io::streams::OutputStream;

use crate::ports::System;

/// The most that may be written in one call, in bytes (`blocking-write-and-flush` of wasi:io).
const MAX_WRITE: usize = 4096;

/// The host's clocks, random numbers and stderr.
#[derive(Debug)]
pub struct SpinSystem {
    start: Instant,
    stderr: OutputStream,
}

impl SpinSystem {
    /// A system whose [`System::elapsed`] counts from now.
    pub fn new() -> Self {
        Self { start: Instant::now(), stderr: get_stderr() }
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

    // The standard library asks how much it may write, writes, and flushes: three calls of the host.
    fn write_stderr(&self, text: &str) {
        for part in text.as_bytes().chunks(MAX_WRITE) {
            let _ = self.stderr.blocking_write_and_flush(part);
        }
    }

    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        spin_sdk::wasip3::spawn(task);
    }
}
