//! Cases in which the runner is stricter or more robust than Spin 4.0.1. Spin would fail these tests, so they return
//! early on Spin. `docs/runner.md` lists the differences.

mod log;
mod open_files;
mod requests;
mod unread;
