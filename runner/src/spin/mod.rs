//! The host side of Spin's interfaces, one module each. No module here depends on `Instance`.

// Defines `spin_bindings!`: `bindgen!` on the WIT of the spin-sdk package.
include!(concat!(env!("OUT_DIR"), "/spin_bindings.rs"));

pub(crate) mod key_value;
mod limit;
pub(crate) mod outbound_http;
#[expect(clippy::result_large_err, reason = "the interface's own error is large")]
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod sqlite;
mod stream;
pub(crate) mod variables;
