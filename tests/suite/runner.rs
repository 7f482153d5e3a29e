//! Where the runner is stricter or sturdier than Spin 4.0.1: each of these tests would fail on Spin, and passes there
//! without asking. `docs/runner.md` lists the differences.

mod log;
mod open_files;
mod requests;
mod unread;
