//! Reads declared settings, and gathers what is wrong with them.

use std::time::Duration;

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

/// Reads one setting after the other, of those that [`settings!`](crate::settings!) declares. A bad value is `None`, and
/// a problem.
pub struct Reader<'a> {
    variables: &'a dyn Variables,
    problems: Vec<ConfigProblem>,
}

impl<'a> Reader<'a> {
    pub fn new(variables: &'a dyn Variables) -> Self {
        Self { variables, problems: Vec::new() }
    }

    /// Any text, the empty one too.
    pub async fn text(&mut self, setting: &'static Setting) -> Option<String> {
        self.value(setting).await
    }

    /// Any text but the empty one.
    pub async fn required_text(&mut self, setting: &'static Setting) -> Option<String> {
        let parse = |text: &str| if text.is_empty() { Err("must not be empty") } else { Ok(text.to_owned()) };
        self.parsed(setting, parse).await
    }

    /// A port of TCP.
    pub async fn port(&mut self, setting: &'static Setting) -> Option<u16> {
        let parse = |text: &str| text.parse().ok().filter(|port| *port > 0).ok_or("must be a port from 1 to 65535");
        self.parsed(setting, parse).await
    }

    /// An integer from 1 on.
    pub async fn positive(&mut self, setting: &'static Setting) -> Option<u64> {
        let parse = |text: &str| text.parse().ok().filter(|number| *number > 0).ok_or("must be an integer from 1 on");
        self.parsed(setting, parse).await
    }

    /// `true` or `false`.
    pub async fn flag(&mut self, setting: &'static Setting) -> Option<bool> {
        self.choice(setting, [("true", true), ("false", false)]).await
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
    pub async fn choice<T, const N: usize>(
        &mut self,
        setting: &'static Setting,
        choices: [(&'static str, T); N],
    ) -> Option<T> {
        let words = choices.each_ref().map(|(word, _)| *word).join(" or ");
        let parse = |text: &str| match choices.into_iter().find(|(word, _)| *word == text) {
            Some((_, choice)) => Ok(choice),
            None => Err(format!("must be {words}")),
        };
        self.parsed(setting, parse).await
    }

    /// Returns the settings, unless one of them has a problem.
    pub fn finish<T>(self, settings: Option<T>) -> Result<T, Vec<ConfigProblem>> {
        settings.filter(|_| self.problems.is_empty()).ok_or(self.problems)
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

/// `None` for an empty text.
pub(super) fn optional<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// A duration from one second to `longest`.
pub(super) fn duration(text: &str, longest: Duration) -> Result<Duration, String> {
    let shortest = Duration::from_secs(1);
    match humantime::parse_duration(text) {
        Ok(duration) if (shortest..=longest).contains(&duration) => Ok(duration),
        _ => {
            let [shortest, longest] = [shortest, longest].map(humantime::format_duration);
            Err(format!("must be a duration like 10s, from {shortest} to {longest}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_hold_their_bounds() {
        let longest = Duration::from_secs(300);
        for (text, expected) in [("1s", 1), ("300s", 300), ("5m", 300)] {
            assert_eq!(duration(text, longest).unwrap().as_secs(), expected, "{text}");
        }
        for text in ["", "10", "999ms", "301s", "-1s", "1 s 1", "forever"] {
            assert!(duration(text, longest).is_err(), "{text}");
        }
    }
}
