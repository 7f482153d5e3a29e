//! The state of one instance.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::lock::Mutex;
use spin_sdk::time;

static REQUESTS: AtomicU32 = AtomicU32::new(0);
static TURN: Mutex<()> = Mutex::new(());
static ID: OnceLock<String> = OnceLock::new();

/// Counts the requests of this instance; the first is 1.
pub(crate) fn enter() -> u32 {
    REQUESTS.fetch_add(1, Ordering::Relaxed) + 1
}

/// Returns a random number that identifies this instance.
pub(crate) fn id() -> &'static str {
    ID.get_or_init(|| format!("{:016x}", RandomState::new().hash_one(0)))
}

/// Waits for the earlier requests of this instance, and then for `duration`.
pub(crate) async fn take_turn(duration: Duration) {
    let _turn = TURN.lock().await;
    time::sleep(duration).await;
}
