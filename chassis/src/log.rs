//! One line on stderr for each thing that an operator should know.

mod escape;
mod line;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use self::line::line;
use crate::ports::System;

/// How much an operator should care. The order is that of `log_level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A request failed because of the service or what it depends on.
    Error,
    /// The service works, but not as an operator would want it to.
    Warn,
    /// A request was answered.
    Info,
    /// A probe was answered.
    Debug,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// One JSON object, for machines.
    #[default]
    Json,
    /// A sentence and its fields, for people.
    Text,
}

/// Writes lines up to a level.
pub struct Log {
    /// The last level that is written.
    pub level: Level,
    /// How a line looks.
    pub form: Form,
    /// The clock, and stderr.
    pub system: Arc<dyn System>,
}

/// Bounds how often a message is logged that every request would log.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Option<Duration>>);

/// Least time between two such messages.
const SILENCE: Duration = Duration::from_secs(10);

/// The fields of a line. None may hold a secret, a body or a query string.
pub type Fields<'a> = [(&'static str, Value<'a>)];

/// The value of a field.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A count.
    Integer(u64),
    /// A measure.
    Float(f64),
}

impl Log {
    /// Writes a line of the level error.
    pub fn error(&self, message: &str, fields: &Fields<'_>) {
        self.write(Level::Error, message, fields);
    }

    /// Writes a line of the level warn.
    pub fn warn(&self, message: &str, fields: &Fields<'_>) {
        self.write(Level::Warn, message, fields);
    }

    /// Whether a line of this level is written, for those that are costly to make.
    pub fn is_written(&self, level: Level) -> bool {
        level <= self.level
    }

    /// Writes a line.
    pub fn write(&self, level: Level, message: &str, fields: &Fields<'_>) {
        if self.is_written(level) {
            self.write_at(self.system.now(), level, message, fields);
        }
    }

    /// Writes a line of a moment that is known, without asking for the time.
    pub fn write_at(&self, time: SystemTime, level: Level, message: &str, fields: &Fields<'_>) {
        if self.is_written(level) {
            self.system.write_stderr(&line(self.form, time, level, message, fields));
        }
    }
}

impl Throttle {
    /// Whether the message is due at `now`, by [`System::elapsed`].
    pub fn is_due(&self, now: Duration) -> bool {
        let mut logged_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = logged_at.is_none_or(|logged_at| now.saturating_sub(logged_at) >= SILENCE);
        if is_due {
            *logged_at = Some(now);
        }
        is_due
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for Value<'_> {
    fn from(count: u64) -> Self {
        Self::Integer(count)
    }
}

impl From<f64> for Value<'_> {
    fn from(measure: f64) -> Self {
        Self::Float(measure)
    }
}

impl Level {
    /// The name, as in `log_level`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttled_message_is_due_once_in_ten_seconds() {
        let throttle = Throttle::default();
        let due = [0, 1, 9, 10, 11, 19, 20].map(|second| throttle.is_due(Duration::from_secs(second)));
        assert_eq!(due, [true, false, false, true, false, false, true]);
    }

    #[test]
    fn levels_are_ordered_by_how_much_they_tell() {
        assert!(Level::Error < Level::Warn && Level::Warn < Level::Info && Level::Info < Level::Debug);
    }
}
