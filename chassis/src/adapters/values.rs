//! Spin's variables and its key-value store.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use spin_sdk::key_value::{Error as StoreError, Store};
use spin_sdk::variables::{self, Error};

use crate::ports::{KeyValue, System, Unavailable, VariableError, Variables};

/// Longest wait for one variable, whose provider may be a server.
const VARIABLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Longest wait for the store: a file, unless a runtime configuration makes it a server.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

/// The variables that `spin.toml` gives the component.
pub struct SpinVariables(pub Arc<dyn System>);

#[async_trait]
impl Variables for SpinVariables {
    async fn get(&self, name: &str) -> Result<String, VariableError> {
        match self.0.timeout(VARIABLE_TIMEOUT, variables::get(name)).await {
            Some(Ok(value)) => Ok(value),
            Some(Err(Error::Undefined(_) | Error::InvalidName(_))) => Err(VariableError::Undefined),
            Some(Err(Error::Provider(detail) | Error::Other(detail))) => Err(VariableError::Provider(detail)),
            None => Err(VariableError::Provider(format!("no response within {} s", VARIABLE_TIMEOUT.as_secs()))),
        }
    }
}

/// The store `default`.
pub(super) struct SpinKeyValue(pub Arc<dyn System>);

impl SpinKeyValue {
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, Unavailable> {
        match self.0.timeout(STORE_TIMEOUT, work).await {
            Some(result) => result.map_err(|error| Unavailable(error.to_string())),
            None => Err(Unavailable(format!("no response within {} s", STORE_TIMEOUT.as_secs()))),
        }
    }
}

#[async_trait]
impl KeyValue for SpinKeyValue {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.in_time(async { Store::open_default().await?.get(name).await }).await
    }

    async fn set(&self, name: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.in_time(async { Store::open_default().await?.set(name, value).await }).await
    }
}
