//! Time, randomness and stderr from WASI.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::random::random::{get_random_bytes, get_random_u64};
use wasip2::cli::stderr::get_stderr;
use wasip2::io::streams::OutputStream;

use crate::ports::{MAX_STDERR_WRITE, System, lock};

/// Last second of the year 9999, the latest that RFC 3339 can express.
const LAST_SECOND: u64 = 253_402_300_799;
/// Random bytes fetched at once: enough for 32 requests.
const RANDOM_BYTES: u64 = 512;

/// Each with the fewest calls of the host: the standard library makes three for a line.
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
    fn now(&self) -> SystemTime {
        let now = system_clock::now();
        moment(now.seconds, now.nanoseconds)
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
                // No byte is used twice.
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

/// A broken clock, before 1970 or after 9999, becomes the nearest valid time.
fn moment(seconds: i64, nanoseconds: u32) -> SystemTime {
    u64::try_from(seconds)
        .map_or(UNIX_EPOCH, |seconds| UNIX_EPOCH + Duration::new(seconds.min(LAST_SECOND), nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_clock_is_clamped_to_1970_and_9999() {
        for (seconds, expected) in [
            (i64::MIN, 0),
            (-1, 0),
            (1, 1),
            (253_402_300_799, LAST_SECOND),
            (253_402_300_800, LAST_SECOND),
            (i64::MAX, LAST_SECOND),
        ] {
            assert_eq!(moment(seconds, 0), UNIX_EPOCH + Duration::from_secs(expected), "{seconds}");
        }
        assert!(moment(i64::MAX, u32::MAX) > UNIX_EPOCH, "no overflow");
    }
}
