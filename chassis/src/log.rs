mod line;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use derive_more::{Display, From};

use self::line::line;
use crate::ports::{System, lock};
use crate::types::Timestamp;

/// From the most to the least important, as in the setting `log_level`.
#[derive(Clone, Copy, Debug, Default, Display, PartialEq, Eq, PartialOrd, Ord)]
#[display(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Json,
    Text,
}

/// Writes lines of `level` and of more important levels to stderr.
pub struct Log {
    pub level: Level,
    pub form: Form,
    pub system: Arc<dyn System>,
}

const SILENCE: Duration = Duration::from_secs(10);

/// Limits a message that every request would repeat to once per [`SILENCE`].
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Option<Duration>>);

/// The message of a request's line. The fields contain the rest.
pub const REQUEST: &str = "request";

/// The fields of a line. None may contain a secret, a body or a query string.
pub type Fields<'a> = [(&'static str, Value<'a>)];

#[derive(Clone, Debug, From)]
pub enum Value<'a> {
    #[from(&'a str, String)]
    Text(Cow<'a, str>),
    #[from]
    Integer(u64),
    #[from]
    Float(f64),
}

impl Log {
    pub fn error(&self, message: &str, fields: &Fields<'_>) {
        self.write(Level::Error, message, fields);
    }

    pub fn warn(&self, message: &str, cause: impl ToString) {
        self.write(Level::Warn, message, &[("cause", cause.to_string().into())]);
    }

    /// Whether lines of this level are written. If not, callers can skip costly fields.
    pub fn is_written(&self, level: Level) -> bool {
        level <= self.level
    }

    pub fn write(&self, level: Level, message: &str, fields: &Fields<'_>) {
        self.write_at(self.system.now(), level, message, fields);
    }

    /// Writes a line with a known time, which saves a host call.
    pub fn write_at(&self, time: Timestamp, level: Level, message: &str, fields: &Fields<'_>) {
        if self.is_written(level) {
            self.system.write_stderr(&line(self.form, time, level, message, fields));
        }
    }
}

impl Throttle {
    /// Returns whether the message is due at `now`, by [`System::elapsed`]. If so, starts the next [`SILENCE`].
    pub fn is_due(&self, now: Duration) -> bool {
        let mut logged_at = lock(&self.0);
        let is_due = logged_at.is_none_or(|logged_at| now.saturating_sub(logged_at) >= SILENCE);
        if is_due {
            *logged_at = Some(now);
        }
        is_due
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
    fn levels_are_ordered_by_verbosity() {
        assert!(Level::Error < Level::Warn && Level::Warn < Level::Info && Level::Info < Level::Debug);
    }
}
