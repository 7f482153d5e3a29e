//! One line on stderr for each thing that an operator should know.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

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

/// Tells what would be said with every request no more than once in a while.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<Option<Duration>>);

/// How long nothing is said after something was.
const SILENCE: Duration = Duration::from_secs(10);

/// The fields of a line. None may hold a secret, a body or a query string.
pub type Fields<'a> = [(&'static str, Value<'a>)];

/// The value of a field.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Value<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A count.
    Integer(u64),
    /// A measure.
    Float(f64),
}

/// How long a line of a request usually is at most, in bytes.
const USUAL_LINE: usize = 512;

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
            self.system.write_stderr(&self.line(time, level, message, fields));
        }
    }

    fn line(&self, time: SystemTime, level: Level, message: &str, fields: &Fields<'_>) -> String {
        let timestamp = humantime::format_rfc3339_millis(time).to_string();
        match self.form {
            Form::Json => json(&timestamp, level, message, fields),
            Form::Text => text(&timestamp, level, message, fields),
        }
    }
}

impl Seldom {
    /// Whether it is time to say it, at `now` by [`System::elapsed`].
    pub fn is_due(&self, now: Duration) -> bool {
        let mut said_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = said_at.is_none_or(|said_at| now.saturating_sub(said_at) >= SILENCE);
        if is_due {
            *said_at = Some(now);
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

fn json(timestamp: &str, level: Level, message: &str, fields: &Fields<'_>) -> String {
    let mut line = Vec::with_capacity(USUAL_LINE);
    let mut write = || {
        let mut serializer = serde_json::Serializer::new(&mut line);
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("timestamp", timestamp)?;
        object.serialize_entry("level", level.as_str())?;
        object.serialize_entry("message", message)?;
        for (name, value) in fields {
            object.serialize_entry(name, value)?;
        }
        object.end()
    };
    // Text and numbers can be written, and a vector takes all that is.
    let _: Result<(), serde_json::Error> = write();
    line.push(b'\n');
    String::from_utf8(line).unwrap_or_default()
}

/// Values are written as in JSON, so that none can break the line.
fn text(timestamp: &str, level: Level, message: &str, fields: &Fields<'_>) -> String {
    let mut line = format!("{timestamp} {:5} {}", level.as_str().to_uppercase(), message.escape_debug());
    for (name, value) in fields {
        let value = serde_json::to_string(value).unwrap_or_default();
        line.push_str(&format!(" {name}={value}"));
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &Fields<'static> = &[("status", Value::Integer(200)), ("duration_ms", Value::Float(0.5))];

    #[test]
    fn a_line_is_one_json_object() {
        let line = json("2023-11-14T22:13:20.123Z", Level::Error, "it \"broke\"\n", FIELDS);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(object["timestamp"], "2023-11-14T22:13:20.123Z");
        assert_eq!(object["level"], "error");
        assert_eq!(object["message"], "it \"broke\"\n");
        assert_eq!(object["status"], 200);
        assert_eq!(object["duration_ms"], 0.5);
    }

    #[test]
    fn a_line_of_text_stays_one_line() {
        let line = text("t", Level::Info, "a\nb", FIELDS);
        assert_eq!(line, "t INFO  a\\nb status=200 duration_ms=0.5\n");
    }

    #[test]
    fn what_is_said_seldom_is_said_once_in_a_while() {
        let seldom = Seldom::default();
        let due = [0, 1, 9, 10, 11, 19, 20].map(|second| seldom.is_due(Duration::from_secs(second)));
        assert_eq!(due, [true, false, false, true, false, false, true]);
    }

    #[test]
    fn levels_are_ordered_by_how_much_they_tell() {
        assert!(Level::Error < Level::Warn && Level::Warn < Level::Info && Level::Info < Level::Debug);
    }
}
