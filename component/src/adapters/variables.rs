//! Settings from Spin's variables.

use async_trait::async_trait;
use spin_sdk::variables::{self, Error};

use crate::ports::{VariableError, Variables};

/// The variables that `spin.toml` gives the component.
#[derive(Clone, Copy, Debug)]
pub struct SpinVariables;

#[async_trait]
impl Variables for SpinVariables {
    async fn get(&self, name: &str) -> Result<String, VariableError> {
        variables::get(name).await.map_err(|error| match error {
            Error::Undefined(_) | Error::InvalidName(_) => VariableError::Undefined,
            Error::Provider(detail) | Error::Other(detail) => VariableError::Provider(detail),
        })
    }
}
