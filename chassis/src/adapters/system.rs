//! The host's clocks, random numbers and stderr, with as few host calls as possible.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::random::random::{get_random_bytes, get_random_u64};
use wasip2::cli::stderr::get_stderr;
use wasip2::io::streams::OutputStream;

use crate::ports::{MAX_STDERR_WRITE, System, lock};
use crate::types::Timestamp;

/// Random bytes fetched at once: enough for 32 requests.
const RANDOM_BYTES: u64 = 512;

pub struct SpinSystem {
    random: Mutex<Vec<u8>>,
    stderr: OutputStream,
}

impl Default for SpinSystem {
    fn default() -> Self {
        Self { random: Mutex::default(), stderr: get_stderr() }
    }
}

#[async_trait]
impl System for SpinSystem {
    fn now(&self) -> Timestamp {
        let now = system_clock::now();
        Timestamp::from(now.seconds.saturating_mul(1000).saturating_add(i64::from(now.nanoseconds / 1_000_000)))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    fn random(&self) -> [u8; 16] {
        let mut random = lock(&self.random);
        if random.len() < 16 {
            *random = get_random_bytes(RANDOM_BYTES);
        }
        match random.split_last_chunk() {
            Some((rest, &bytes)) => {
                let rest = rest.len();
                random.truncate(rest);
                bytes
            }
            // The host may return fewer bytes than requested.
            None => (u128::from(get_random_u64()) << 64 | u128::from(get_random_u64())).to_ne_bytes(),
        }
    }

    fn write_stderr(&self, text: &str) {
        for part in text.as_bytes().chunks(MAX_STDERR_WRITE) {
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
