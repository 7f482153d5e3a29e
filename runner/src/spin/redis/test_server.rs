//! The Redis server of the tests.

use std::env;

use super::connection::Connection;

pub(super) fn address() -> String {
    match env::var("MINI_API_REDIS") {
        Ok(address) => address,
        Err(_) => panic!("set MINI_API_REDIS to redis://:PASSWORD@HOST:PORT, or run hack/test"),
    }
}

/// Returns a connection of the test's own.
pub(super) async fn connect() -> Connection {
    Connection::open(&address()).await.unwrap()
}
