//! `spin:variables@3.0.0`: the component's own variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::{Accessor, HasData, Linker};

use self::bindings::spin::variables::variables::{self, Error};
use crate::manifest::names;

mod bindings {
    spin_bindings! {
        inline: "
            package runner:variables;
            world host { import spin:variables/variables@3.0.0; }
        ",
        imports: { default: trappable },
        trappable_error_type: {
            "spin:variables/variables@3.0.0.error" => spin::variables::variables::Error,
        },
    }
}

/// The variables of a component. They are constant while it runs.
#[derive(Debug, Clone)]
pub(crate) struct Variables(Arc<BTreeMap<String, String>>);

struct HasVariables;

impl HasData for HasVariables {
    type Data<'a> = &'a mut Variables;
}

impl Variables {
    pub(crate) fn new(values: Arc<BTreeMap<String, String>>) -> Self {
        Self(values)
    }

    fn get(&self, name: &str) -> Result<String, Error> {
        if let Err(reason) = names::check_variable(name) {
            return Err(Error::InvalidName(format!("{name:?}: {reason}")));
        }
        let value = self.0.get(name).cloned();
        value.ok_or_else(|| Error::Undefined(format!("the component has no variable {name:?}")))
    }
}

impl variables::Host for Variables {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

impl<T: Send> variables::HostWithStore<T> for HasVariables {
    async fn get(store: &Accessor<T, Self>, name: String) -> Result<String, Error> {
        store.with(|mut access| access.get().get(&name))
    }
}

/// Adds the interface. `get` returns the state in the data of a Wasmtime store.
pub(crate) fn add_to_linker<T: Send>(
    linker: &mut Linker<T>,
    get: fn(&mut T) -> &mut Variables,
) -> wasmtime::Result<()> {
    variables::add_to_linker::<_, HasVariables>(linker, get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_or_undefined_or_invalid() {
        let values = BTreeMap::from([("api_key".to_owned(), "secret".to_owned())]);
        let variables = Variables::new(Arc::new(values));
        assert_eq!(variables.get("api_key").unwrap(), "secret");
        assert!(matches!(variables.get("other"), Err(Error::Undefined(_))));
        assert!(matches!(variables.get("API-KEY"), Err(Error::InvalidName(_))));
    }
}
