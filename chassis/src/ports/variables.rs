//! The settings, by name.

use async_trait::async_trait;
use thiserror::Error;

/// A source of settings.
#[async_trait]
pub trait Variables: Send + Sync {
    /// The value of the variable `name`.
    async fn get(&self, name: &str) -> Result<String, VariableError>;
}

/// Why a variable has no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VariableError {
    /// The manifest gives the component no variable of that name.
    #[error("is not defined for this component")]
    Undefined,
    /// The provider (the environment, Vault, ...) failed; the text is for the log.
    #[error("could not be read")]
    Provider(String),
}
