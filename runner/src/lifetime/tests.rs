use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use wasi::Version::{Candidate, Final};

use super::*;

const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

fn requests(version: wasi::Version, like_spin: SpinVersion, count: usize) -> Arc<Requests> {
    let reuse = InstanceReuse {
        max_instance_reuse_count: count,
        max_instance_concurrent_reuse_count: 2,
        idle_instance_timeout: IDLE_TIMEOUT,
        request_timeout: None,
        like_spin,
    };
    Requests::new(Lifetime::new(version, reuse))
}

/// Returns the deadline of an instance whose tasks still run after every request got its response.
fn deadline(requests: &Requests) -> Option<Instant> {
    requests.deadline(WorkerStatus::PostReturn, Instant::now(), Waker::noop())
}

#[test]
fn only_the_candidate_on_spin_4_1_gets_an_instance_for_each_request() {
    for (version, like_spin, is_reused) in [
        (Candidate, SpinVersion::V4_0, true),
        (Candidate, SpinVersion::V4_1, false),
        (Final, SpinVersion::V4_0, true),
        (Final, SpinVersion::V4_1, true),
    ] {
        let requests = requests(version, like_spin, 128);
        drop(requests.open());
        let accepts = matches!(requests.should_accept(0), ShouldAccept::Yes);
        assert_eq!(accepts, is_reused, "{version:?} {like_spin:?}");
    }
}

#[test]
fn tasks_of_the_candidate_on_spin_4_0_run_for_the_idle_timeout() {
    let requests = requests(Candidate, SpinVersion::V4_0, 128);
    let open = requests.open();
    assert_eq!(deadline(&requests), None, "a response is on its way");
    let before = Instant::now();
    drop(open);
    let deadline = deadline(&requests).unwrap();
    assert!(deadline >= before + IDLE_TIMEOUT && deadline <= Instant::now() + IDLE_TIMEOUT);
}

#[test]
fn tasks_of_the_candidate_on_spin_4_0_end_with_the_last_request() {
    let requests = requests(Candidate, SpinVersion::V4_0, 1);
    drop(requests.open());
    assert!(deadline(&requests).unwrap() <= Instant::now());
}

#[test]
fn tasks_keep_the_other_instances() {
    for (version, like_spin) in [(Candidate, SpinVersion::V4_1), (Final, SpinVersion::V4_0)] {
        let requests = requests(version, like_spin, 1);
        drop(requests.open());
        assert_eq!(deadline(&requests), None, "{version:?}");
        let start = Instant::now();
        let idle = requests.deadline(WorkerStatus::Idle, start, Waker::noop());
        assert_eq!(idle, Some(start + IDLE_TIMEOUT), "{version:?}");
    }
}

#[test]
fn a_response_that_has_not_left_takes_a_place_for_the_candidate_only() {
    for (version, is_full) in [(Candidate, true), (Final, false)] {
        let requests = requests(version, SpinVersion::V4_0, 128);
        let _open = [requests.open(), requests.open()];
        assert_eq!(matches!(requests.should_accept(0), ShouldAccept::No), is_full, "{version:?}");
        assert!(matches!(requests.should_accept(2), ShouldAccept::No), "{version:?}");
    }
}

#[test]
fn an_instance_learns_of_a_free_place_and_of_its_last_response() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let woken = Arc::new(Count(AtomicUsize::new(0)));
    let requests = requests(Candidate, SpinVersion::V4_0, 128);
    let open = [requests.open(), requests.open()];
    for (index, open) in open.into_iter().enumerate() {
        requests.deadline(WorkerStatus::PostReturn, Instant::now(), &woken.clone().into());
        drop(open);
        assert_eq!(woken.0.load(Ordering::Relaxed), index + 1);
    }
}
