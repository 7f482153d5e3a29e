//! Spin's key-value store.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use spin_sdk::key_value::{Error, Store};

use crate::ports::{KeyValue, KeyValueError, System};

/// Longest wait: it is a file beside the runtime, unless a runtime configuration makes it a server.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The store `default`.
pub(super) struct SpinKeyValue(pub Arc<dyn System>);

impl SpinKeyValue {
    /// Gives up on a store that says nothing: the host waits for as long as it takes.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, KeyValueError> {
        match select(pin!(work), self.0.sleep(TIMEOUT)).await {
            Either::Left((result, _)) => result.map_err(|error| KeyValueError(error.to_string())),
            Either::Right(_) => Err(KeyValueError(format!("it said nothing for {} s", TIMEOUT.as_secs()))),
        }
    }
}

#[async_trait]
impl KeyValue for SpinKeyValue {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.in_time(async { Store::open_default().await?.get(name).await }).await
    }

    async fn set(&self, name: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.in_time(async { Store::open_default().await?.set(name, value).await }).await
    }
}
