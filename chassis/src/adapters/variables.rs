//! Settings from Spin's variables.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use futures_util::poll;
use spin_sdk::variables::{self, Error};

use crate::ports::{System, VariableError, Variables};

/// Longest wait for one variable: a provider may be a server, and the host has no timeout.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The variables that `spin.toml` gives the component.
pub struct SpinVariables(pub Arc<dyn System>);

#[async_trait]
impl Variables for SpinVariables {
    async fn get(&self, name: &str) -> Result<String, VariableError> {
        let mut reading = pin!(variables::get(name));
        // Most providers don't wait, and need no timer.
        let value = match poll!(&mut reading) {
            Poll::Ready(value) => value,
            Poll::Pending => match select(reading, self.0.sleep(TIMEOUT)).await {
                Either::Left((value, _)) => value,
                Either::Right(_) => {
                    return Err(VariableError::Provider(format!("no answer within {} s", TIMEOUT.as_secs())));
                }
            },
        };
        value.map_err(|error| match error {
            Error::Undefined(_) | Error::InvalidName(_) => VariableError::Undefined,
            Error::Provider(detail) | Error::Other(detail) => VariableError::Provider(detail),
        })
    }
}
