//! The limit of open files and connections of the test process.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the soft limit to at least `count`. Panics if the hard limit is lower.
pub fn at_least(count: u64) {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    if soft < count {
        setrlimit(Resource::RLIMIT_NOFILE, count, hard)
            .unwrap_or_else(|error| panic!("{count} open files are needed, {hard} is the hard limit: {error}"));
    }
}
