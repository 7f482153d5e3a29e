//! The Redis that the tests ask.

use std::env;

use super::connection::Connection;

/// The address of the server of the environment.
pub(super) fn address() -> String {
    match env::var("MINI_API_REDIS") {
        Ok(address) => address,
        Err(_) => panic!("set MINI_API_REDIS to redis://:PASSWORD@HOST:PORT, or run hack/test"),
    }
}

/// A connection that no other test has.
pub(super) async fn connect() -> Connection {
    Connection::open(&address()).await.unwrap()
}
