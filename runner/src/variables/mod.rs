//! The application's variables: the sources of their values, and the templates that use them.

mod source;
mod template;
mod values;

pub(crate) use source::{Environment, VariableSource};
pub(crate) use template::{Template, TemplateError};
pub(crate) use values::Values;
