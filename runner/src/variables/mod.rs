//! The application's variables: where their values come from, and the templates that use them.

mod source;
mod template;
mod values;

pub(crate) use source::{Environment, VariableSource};
pub(crate) use template::{Template, TemplateError};
pub(crate) use values::Values;
