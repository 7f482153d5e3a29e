//! The settings as one typed value, read once an instance.

use thiserror::Error;

use crate::domain::ApiKeys;
use crate::ports::Variables;

/// Everything that can be set. Each field names its variable in `spin.toml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// `app_env`: the name of the environment, shown by `GET /`.
    pub app_env: String,
    /// `app_hostname`: the name of the pod or machine; "unknown" when empty.
    pub app_hostname: String,
    /// `auth` and `api_key`: who may use the protected routes.
    pub auth: Auth,
    /// `seed_demo_data`: whether a new database starts with the demo users.
    pub seed_demo_data: bool,
}

/// How the protected routes are protected.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `auth = "api_key"`: by the header `X-API-KEY`. Without a key nobody gets in.
    ApiKey(ApiKeys),
    /// `auth = "none"`: not at all.
    None,
}

/// A variable whose value can't be used. It never shows the value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{variable} {problem}")]
pub struct ConfigProblem {
    /// The name of the variable.
    pub variable: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl Config {
    /// Reads every variable. The error lists all problems, not just the first.
    pub async fn read(variables: &dyn Variables) -> Result<Self, Vec<ConfigProblem>> {
        let mut reader = Reader { variables, problems: Vec::new() };
        let app_env = reader.text("app_env").await;
        let app_hostname = reader.text("app_hostname").await;
        let api_keys = ApiKeys::parse(&reader.text("api_key").await);
        let protected = reader.choice("auth", [("api_key", true), ("none", false)]).await;
        let seed_demo_data = reader.choice("seed_demo_data", [("true", true), ("false", false)]).await;
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        Ok(Self {
            app_env,
            app_hostname: if app_hostname.is_empty() { "unknown".into() } else { app_hostname },
            auth: if protected { Auth::ApiKey(api_keys) } else { Auth::None },
            seed_demo_data,
        })
    }
}

/// Reads variables and gathers what is wrong with them; a value that stands in for a bad one is
/// never used, because [`Config::read`] refuses as soon as there is one problem.
struct Reader<'a> {
    variables: &'a dyn Variables,
    problems: Vec<ConfigProblem>,
}

impl Reader<'_> {
    async fn text(&mut self, variable: &'static str) -> String {
        match self.variables.get(variable).await {
            Ok(value) => value,
            Err(error) => {
                self.refuse(variable, error.to_string());
                String::new()
            }
        }
    }

    async fn choice<T: Default, const N: usize>(
        &mut self,
        variable: &'static str,
        choices: [(&'static str, T); N],
    ) -> T {
        let value = match self.variables.get(variable).await {
            Ok(value) => value,
            Err(error) => {
                self.refuse(variable, error.to_string());
                return T::default();
            }
        };
        let names = choices.each_ref().map(|(name, _)| *name).join(" or ");
        match choices.into_iter().find(|(name, _)| *name == value) {
            Some((_, choice)) => choice,
            None => {
                self.refuse(variable, format!("must be {names}"));
                T::default()
            }
        }
    }

    fn refuse(&mut self, variable: &'static str, problem: String) {
        self.problems.push(ConfigProblem { variable, problem });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use async_trait::async_trait;
    use futures_util::FutureExt;

    use super::*;
    use crate::ports::VariableError;

    struct Map(HashMap<&'static str, &'static str>);

    #[async_trait]
    impl Variables for Map {
        async fn get(&self, name: &str) -> Result<String, VariableError> {
            self.0.get(name).map(ToString::to_string).ok_or(VariableError::Undefined)
        }
    }

    fn read(changes: &[(&'static str, &'static str)]) -> Result<Config, Vec<ConfigProblem>> {
        let mut map = HashMap::from([
            ("app_env", "test"),
            ("app_hostname", ""),
            ("api_key", "planted-secret"),
            ("auth", "api_key"),
            ("seed_demo_data", "true"),
        ]);
        map.extend(changes.iter().copied());
        Config::read(&Map(map)).now_or_never().unwrap()
    }

    #[test]
    fn reads_every_variable() {
        let config = read(&[("app_hostname", "pod-1"), ("seed_demo_data", "false")]).unwrap();
        assert_eq!(config.app_env, "test");
        assert_eq!(config.app_hostname, "pod-1");
        assert!(!config.seed_demo_data);
        assert!(matches!(config.auth, Auth::ApiKey(keys) if keys.contains(b"planted-secret")));
    }

    #[test]
    fn an_empty_hostname_is_unknown() {
        assert_eq!(read(&[]).unwrap().app_hostname, "unknown");
    }

    #[test]
    fn auth_none_opens_the_api() {
        assert!(matches!(read(&[("auth", "none")]).unwrap().auth, Auth::None));
    }

    #[test]
    fn all_problems_are_reported_at_once_without_a_value() {
        let problems = read(&[("auth", "banana"), ("seed_demo_data", "perhaps")]).unwrap_err();
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["auth must be api_key or none", "seed_demo_data must be true or false"]);
    }

    #[test]
    fn a_variable_that_the_manifest_lacks_is_a_problem() {
        let problems = Config::read(&Map(HashMap::new())).now_or_never().unwrap().unwrap_err();
        let named: Vec<_> = problems.iter().map(|problem| problem.variable).collect();
        assert_eq!(named, ["app_env", "app_hostname", "api_key", "auth", "seed_demo_data"]);
    }
}
