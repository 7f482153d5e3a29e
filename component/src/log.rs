//! One JSON object a line on stderr.

use std::io::Write;
use std::time::SystemTime;

use serde_json::{Map, Value};

/// How much an operator should care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A request failed because of the service or what it depends on.
    Error,
    /// The service works, but not as an operator would want it to.
    Warn,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
        }
    }
}

/// Writes one line. `fields` must hold no secret, no body and no query string.
pub fn write(level: Level, now: SystemTime, message: &str, fields: &[(&str, &str)]) {
    let mut line = line(level, now, message, fields);
    line.push('\n');
    // Nobody is left to tell when stderr is closed.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

fn line(level: Level, now: SystemTime, message: &str, fields: &[(&str, &str)]) -> String {
    let mut object = Map::new();
    let timestamp = humantime::format_rfc3339_millis(now).to_string();
    object.insert("timestamp".into(), Value::String(timestamp));
    object.insert("level".into(), level.as_str().into());
    object.insert("message".into(), message.into());
    for (name, value) in fields {
        object.insert((*name).into(), (*value).into());
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_is_one_json_object() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let line = line(Level::Error, now, "it \"broke\"\n", &[("request_id", "r-1")]);
        let object: Value = serde_json::from_str(&line).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(object["timestamp"], "2023-11-14T22:13:20.123Z");
        assert_eq!(object["level"], "error");
        assert_eq!(object["message"], "it \"broke\"\n");
        assert_eq!(object["request_id"], "r-1");
    }
}
