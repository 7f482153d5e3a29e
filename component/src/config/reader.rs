//! Reads declared settings, and gathers what is wrong with them.

use thiserror::Error;

use super::Setting;
use crate::ports::{VariableError, Variables};

/// A variable whose value can't be used. It never shows the value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{variable} {problem}")]
pub struct ConfigProblem {
    /// The name of the variable.
    pub variable: &'static str,
    /// What is wrong with it.
    pub problem: String,
    /// Why the provider failed, for the log. There is nothing to put right in the settings then, and to read them
    /// again may help.
    pub cause: Option<String>,
}

/// Reads one setting after the other, of those that [`settings!`](crate::settings!) declares. What stands in for a bad
/// value is never used, because [`Reader::finish`] refuses as soon as there is one problem.
pub struct Reader<'a> {
    variables: &'a dyn Variables,
    problems: Vec<ConfigProblem>,
}

impl<'a> Reader<'a> {
    /// Reads from `variables`.
    pub fn new(variables: &'a dyn Variables) -> Self {
        Self { variables, problems: Vec::new() }
    }

    /// Any text, the empty one too.
    pub async fn text(&mut self, setting: &'static Setting) -> String {
        self.value(setting).await.unwrap_or_default()
    }

    /// Any text but the empty one.
    pub async fn required_text(&mut self, setting: &'static Setting) -> String {
        let value = self.value(setting).await;
        if value.as_deref() == Some("") {
            self.refuse(setting, "must not be empty");
        }
        value.unwrap_or_default()
    }

    /// A port of TCP.
    pub async fn port(&mut self, setting: &'static Setting) -> u16 {
        let Some(value) = self.value(setting).await else {
            return 0;
        };
        let port = value.parse().unwrap_or_default();
        if port == 0 {
            self.refuse(setting, "must be a port from 1 to 65535");
        }
        port
    }

    /// An integer from 1 on.
    pub async fn positive(&mut self, setting: &'static Setting) -> u64 {
        let Some(value) = self.value(setting).await else {
            return 0;
        };
        let number = value.parse().unwrap_or_default();
        if number == 0 {
            self.refuse(setting, "must be an integer from 1 on");
        }
        number
    }

    /// What `parse` makes of the text.
    pub async fn parsed<T, E: ToString>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(&self.value(setting).await?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(setting, error.to_string());
                None
            }
        }
    }

    /// One of a few words.
    pub async fn choice<T: Default, const N: usize>(
        &mut self,
        setting: &'static Setting,
        choices: [(&'static str, T); N],
    ) -> T {
        let Some(value) = self.value(setting).await else {
            return T::default();
        };
        let words = choices.each_ref().map(|(word, _)| *word).join(" or ");
        match choices.into_iter().find(|(word, _)| *word == value) {
            Some((_, choice)) => choice,
            None => {
                self.refuse(setting, format!("must be {words}"));
                T::default()
            }
        }
    }

    /// All problems, if there are any.
    pub fn finish(self) -> Result<(), Vec<ConfigProblem>> {
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }

    async fn value(&mut self, setting: &'static Setting) -> Option<String> {
        if self.has_provider_failed() {
            // Each further question may take as long to fail.
            return None;
        }
        match self.variables.get(setting.name).await {
            // A file or a Secret often ends with a newline, which no setting means.
            Ok(value) => Some(value.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => {
                let problem = error.to_string();
                match error {
                    VariableError::Undefined => self.refuse(setting, problem),
                    VariableError::Provider(cause) => {
                        self.problems = vec![ConfigProblem { variable: setting.name, problem, cause: Some(cause) }];
                    }
                }
                None
            }
        }
    }

    /// Says that the setting can't be used. The problem must not show its value.
    pub fn refuse(&mut self, setting: &'static Setting, problem: impl Into<String>) {
        // Variables that were not read are not wrong.
        if !self.has_provider_failed() {
            self.problems.push(ConfigProblem { variable: setting.name, problem: problem.into(), cause: None });
        }
    }

    fn has_provider_failed(&self) -> bool {
        self.problems.iter().any(|problem| problem.cause.is_some())
    }
}
