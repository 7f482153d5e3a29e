use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::time::Duration;

use derive_more::Debug;
use thiserror::Error;

use super::{Setting, settings};
use crate::ports::{Unavailable, Variables};

/// Why a setting can't be used, without its value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{variable} {problem}")]
pub struct ConfigProblem {
    pub variable: &'static str,
    pub problem: String,
    /// Why the provider of settings failed, for the log; a retry may help. `None` if the value is wrong.
    pub cause: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[debug("Secret")]
pub struct Secret(pub String);

/// The `app_env` of a developer's machine, where a short key, SQLite and demo data do no harm.
const DEVELOPMENT: &str = "development";

/// Reads settings that [`settings!`](crate::settings!) declares. A bad value becomes a problem, and is read as `None`.
pub struct Reader {
    values: HashMap<String, String>,
    problems: Vec<ConfigProblem>,
}

impl Reader {
    pub fn new(variables: Variables) -> Self {
        let (variable, problem) = ("settings", "could not be read".to_owned());
        match variables {
            Ok(values) => Self { values, problems: Vec::new() },
            Err(Unavailable(cause)) => {
                let problems = vec![ConfigProblem { variable, problem, cause: Some(cause) }];
                Self { values: HashMap::new(), problems }
            }
        }
    }

    pub fn is_development(&self) -> bool {
        self.value(&settings::APP_ENV) == Some(DEVELOPMENT)
    }

    pub fn text(&mut self, setting: &Setting) -> Option<String> {
        let value = self.value(setting).map(str::to_owned);
        if value.is_none() {
            self.refuse(setting, "is not defined for this component");
        }
        value
    }

    /// Returns the value without the newline that a file or a Secret often has at its end.
    fn value(&self, setting: &Setting) -> Option<&str> {
        self.values.get(setting.name).map(|value| value.trim_end_matches(['\r', '\n']))
    }

    pub fn required_text(&mut self, setting: &Setting) -> Option<String> {
        let parse = |text: &str| if text.is_empty() { Err("must not be empty") } else { Ok(text.to_owned()) };
        self.parsed(setting, parse)
    }

    pub fn positive(&mut self, setting: &Setting) -> Option<u64> {
        let parse = |text: &str| text.parse().ok().filter(|number| *number > 0).ok_or("must be an integer from 1 on");
        self.parsed(setting, parse)
    }

    pub fn flag(&mut self, setting: &Setting) -> Option<bool> {
        self.choice(setting, [("true", true), ("false", false)])
    }

    /// Reads a flag whose default is true in development and false elsewhere.
    pub fn flag_in_development(&mut self, setting: &Setting) -> Option<bool> {
        if self.text(setting)?.is_empty() { Some(self.is_development()) } else { self.flag(setting) }
    }

    pub fn parsed<T, E: ToString>(&mut self, setting: &Setting, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        let value = parse(&self.text(setting)?);
        value.map_err(|error| self.refuse(setting, error.to_string())).ok()
    }

    pub fn choice<T, const N: usize>(&mut self, setting: &Setting, choices: [(&'static str, T); N]) -> Option<T> {
        let words = choices.each_ref().map(|(word, _)| *word).join(" or ");
        let parse = |text: &str| {
            let found = choices.into_iter().find(|(word, _)| *word == text);
            found.map(|(_, choice)| choice).ok_or_else(|| format!("must be {words}"))
        };
        self.parsed(setting, parse)
    }

    pub fn finish<T>(self, settings: Option<T>) -> Result<T, Vec<ConfigProblem>> {
        settings.filter(|_| self.problems.is_empty()).ok_or(self.problems)
    }

    /// Records a problem. Its text must not quote the value, which may be secret.
    pub fn refuse(&mut self, setting: &Setting, problem: impl Into<String>) {
        // If the provider failed, all settings are missing, but none is wrong.
        if self.problems.iter().all(|problem| problem.cause.is_none()) {
            self.problems.push(ConfigProblem { variable: setting.name, problem: problem.into(), cause: None });
        }
    }
}

pub(super) fn optional<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

pub(super) fn duration(text: &str, longest: Duration) -> Result<Duration, String> {
    let shortest = Duration::from_secs(1);
    let duration = humantime::parse_duration(text).ok().filter(|duration| (shortest..=longest).contains(duration));
    let [shortest, longest] = [shortest, longest].map(humantime::format_duration);
    duration.ok_or_else(|| format!("must be a duration like 10s, from {shortest} to {longest}"))
}

/// Parses a port. Refuses a sign and leading zeros, which Rust's parser accepts.
pub(super) fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port: &u16| *port > 0 && port.to_string() == text)
}

/// A name in lower case, an IPv4 address, or an IPv6 address in brackets.
pub(super) fn is_host(text: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !text.is_empty() && text.bytes().all(is_allowed),
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
