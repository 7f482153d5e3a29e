//! The values of variables.

use std::collections::BTreeMap;

use super::source::{Environment, VariableSource};
use crate::manifest::{Variable, names};
use crate::problem::Problem;

/// Every declared variable. `None` is a required one without a value.
#[derive(Debug, Default)]
pub(crate) struct Values(BTreeMap<String, Option<String>>);

impl Values {
    /// Resolves each variable from `--variable`, then the environment, then its default.
    ///
    /// Like Spin, ignores undeclared names in the sources.
    pub(crate) fn resolve(
        declared: &BTreeMap<String, Variable>,
        sources: &[VariableSource],
        environment: &Environment,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut given = BTreeMap::new();
        for source in sources {
            match source.read() {
                Ok(values) => given.extend(values),
                Err(problem) => problems.push(problem),
            }
        }
        let mut values = BTreeMap::new();
        for (name, variable) in declared {
            check_declaration(name, variable, problems);
            let value = match given.remove(name) {
                Some(value) => Ok(Some(value)),
                None => environment.get(name),
            };
            let value = value.unwrap_or_else(|problem| {
                problems.push(problem);
                // A placeholder, so that the variable is not reported as missing, too.
                Some(String::new())
            });
            let value = value.or_else(|| variable.default.clone());
            if value.is_none() && variable.required {
                problems.push(Problem::MissingVariable { name: name.clone() });
            }
            values.insert(name.clone(), value);
        }
        Self(values)
    }

    /// Returns the defaults, without any other source.
    pub(crate) fn defaults(declared: &BTreeMap<String, Variable>) -> Self {
        Self(declared.iter().map(|(name, variable)| (name.clone(), variable.default.clone())).collect())
    }

    /// Returns `None` for an undeclared variable, `Some(None)` for a required one without a value.
    pub(super) fn get(&self, name: &str) -> Option<Option<&str>> {
        self.0.get(name).map(Option::as_deref)
    }

    #[cfg(test)]
    pub(crate) fn of<const N: usize>(values: [(&str, Option<&str>); N]) -> Self {
        let owned = values.map(|(k, v)| (k.to_owned(), v.map(str::to_owned)));
        Self(BTreeMap::from(owned))
    }
}

fn check_declaration(name: &str, variable: &Variable, problems: &mut Vec<Problem>) {
    if let Err(reason) = names::check_variable(name) {
        problems.push(Problem::InvalidName { what: "variable name", name: name.to_owned(), reason });
    }
    if variable.required == variable.default.is_some() {
        problems.push(Problem::VariableDeclaration { name: name.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn variable(required: bool, default: Option<&str>) -> Variable {
        Variable { required, default: default.map(str::to_owned), ..Variable::default() }
    }

    fn resolve(
        declared: &[(&str, Variable)],
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> (Values, Vec<String>) {
        let declared = declared.iter().map(|(name, variable)| ((*name).to_owned(), variable.clone())).collect();
        let sources: Vec<_> = arguments.iter().map(|a| a.parse().unwrap()).collect();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        let environment = Environment::new(environment, Path::new("no such file"));
        let mut problems = Vec::new();
        let values = Values::resolve(&declared, &sources, &environment, &mut problems);
        (values, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn arguments_win_over_the_environment_over_defaults() {
        let declared = [
            ("a", variable(false, Some("default"))),
            ("b", variable(false, Some("default"))),
            ("c", variable(false, Some("default"))),
        ];
        let environment = [("SPIN_VARIABLE_A", "env"), ("SPIN_VARIABLE_B", "env")];
        let (values, problems) = resolve(&declared, &["a=first", "a=last"], &environment);
        assert_eq!(problems, [""; 0]);
        assert_eq!(values.0["a"].as_deref(), Some("last"));
        assert_eq!(values.0["b"].as_deref(), Some("env"));
        assert_eq!(values.0["c"].as_deref(), Some("default"));
    }

    #[test]
    fn all_missing_variables_are_listed() {
        let declared = [("one", variable(true, None)), ("two", variable(true, None))];
        let (_, problems) = resolve(&declared, &["other=x"], &[]);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].contains("`one`") && problems[0].contains("SPIN_VARIABLE_ONE"));
        assert!(problems[1].contains("`two`"));
    }

    #[test]
    fn a_variable_is_either_required_or_has_a_default() {
        for (variable, problem_count) in
            [(variable(false, None), 1), (variable(true, Some("x")), 1), (variable(false, Some("x")), 0)]
        {
            let (_, problems) = resolve(&[("name", variable)], &[], &[]);
            assert_eq!(problems.len(), problem_count, "{problems:?}");
        }
    }

    #[test]
    fn names_are_lower_snake_case() {
        let (_, problems) = resolve(&[("Not-Snake", variable(false, Some("")))], &[], &[]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("`Not-Snake`"));
    }
}
