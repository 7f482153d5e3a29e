//! The settings, by name.

use async_trait::async_trait;
use thiserror::Error;

#[async_trait]
pub trait Variables: Send + Sync {
    async fn get(&self, name: &str) -> Result<String, VariableError>;
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VariableError {
    /// The manifest gives the component no variable of that name.
    #[error("is not defined for this component")]
    Undefined,
    /// The provider (the environment, Vault, ...) failed. The text is for the log.
    #[error("could not be read")]
    Provider(String),
}
