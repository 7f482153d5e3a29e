//! How many files and connections this process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the soft limit of this process to at least `count`; panics if the hard limit is lower.
pub fn at_least(count: u64) {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    if soft < count {
        setrlimit(Resource::RLIMIT_NOFILE, count, hard)
            .unwrap_or_else(|error| panic!("{count} open files are needed, {hard} is the hard limit: {error}"));
    }
}
