//! One line of the log, with untrusted text escaped and cut.

use std::fmt::Write;

use super::{Fields, Form, Level, REQUEST, Value};
use crate::ports::MAX_STDERR_WRITE;
use crate::types::Timestamp;

/// Initial capacity of a line, in bytes.
const USUAL_LINE: usize = 512;

/// Returns a line. Omits each field that would exceed [`MAX_STDERR_WRITE`], so that lines never interleave.
pub(super) fn line(form: Form, timestamp: Timestamp, level: Level, message: &str, fields: &Fields<'_>) -> String {
    let mut line = String::with_capacity(USUAL_LINE);
    // Writing to a string can't fail, here and below.
    let end = match form {
        Form::Json => {
            let _ = write!(line, r#"{{"timestamp":"{timestamp}","level":"{level}","message":""#);
            push_escaped(&mut line, message);
            line.push('"');
            "}\n"
        }
        Form::Text => {
            push_text_head(&mut line, timestamp, level, message);
            "\n"
        }
    };
    for (name, value) in fields {
        let start = line.len();
        match form {
            Form::Json => {
                let _ = write!(line, r#","{name}":"#);
                push_value(&mut line, value, "\"");
            }
            Form::Text => push_text_field(&mut line, name, value),
        }
        if line.len() + end.len() > MAX_STDERR_WRITE {
            line.truncate(start);
        }
    }
    line.push_str(end);
    line
}

/// Appends the time of day, any level but `info`, and any message but [`REQUEST`].
fn push_text_head(line: &mut String, timestamp: Timestamp, level: Level, message: &str) {
    let moment = timestamp.to_string();
    line.push_str(moment.split(['T', '.']).nth(1).unwrap_or_default());
    if level != Level::Info {
        let _ = write!(line, " {}", level.to_string().to_uppercase());
    }
    if message != REQUEST {
        line.push(' ');
        push_escaped(line, message);
    }
}

/// Appends a field. Omits names that a person does not need, and fields that only programs need.
fn push_text_field(line: &mut String, name: &str, value: &Value<'_>) {
    let (before, after) = match name {
        "endpoint" | "bytes" => return,
        "method" | "path" | "status" => (" ", ""),
        "duration_ms" => (" ", " ms"),
        "request_id" => (" id=", ""),
        _ => {
            let _ = write!(line, " {name}");
            ("=", "")
        }
    };
    line.push_str(before);
    push_value(line, value, "");
    line.push_str(after);
}

fn push_value(line: &mut String, value: &Value<'_>, quote: &str) {
    let _ = match value {
        Value::Text(text) => {
            line.push_str(quote);
            push_escaped(line, text);
            write!(line, "{quote}")
        }
        Value::Integer(count) => write!(line, "{count}"),
        Value::Float(measure) if measure.is_finite() => write!(line, "{measure:?}"),
        Value::Float(_) => write!(line, "null"),
    };
}

/// Maximum length of a value, in bytes after escaping. Three such values and the rest of a request fit into one line.
const MAX_TEXT: usize = 1024;
const CUT: char = '…';

/// Blank letters that the standard library takes for printable: Hangul fillers, and the empty Braille pattern.
const BLANK: [char; 5] = ['\u{115f}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{ffa0}'];

/// Appends `text` as in a JSON string, without invisible characters: some forge or hide lines on a terminal (CWE-117).
fn push_escaped(line: &mut String, text: &str) {
    if text.len() <= MAX_TEXT && text.bytes().all(is_plain) {
        line.push_str(text);
        return;
    }
    let end = line.len() + MAX_TEXT;
    for character in text.chars() {
        let start = line.len();
        push_character(line, character);
        if line.len() > end {
            line.truncate(start);
            line.push(CUT);
            return;
        }
    }
}

fn push_character(line: &mut String, character: char) {
    match character {
        '"' | '\\' => line.extend(['\\', character]),
        '\n' => line.push_str("\\n"),
        // The standard library escapes every character that is not printable, and the single quote.
        _ if character == '\'' || (character.escape_debug().len() == 1 && !BLANK.contains(&character)) => {
            line.push(character);
        }
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &Fields<'static> = &[("status", Value::Integer(200)), ("duration_ms", Value::Float(0.5))];

    fn moment(millis: i64) -> Timestamp {
        Timestamp::from(millis)
    }

    #[test]
    fn a_line_is_one_json_object() {
        let line = line(Form::Json, moment(1_700_000_000_123), Level::Error, "it \"broke\"\n", FIELDS);
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
        let line = line(Form::Text, moment(0), Level::Info, "a\nb", FIELDS);
        assert_eq!(line, "00:00:00 a\\nb 200 0.5 ms\n");
    }

    #[test]
    fn the_text_of_a_request_is_what_a_person_looks_for() {
        let fields: &Fields<'_> = &[
            ("method", "PUT".into()),
            ("endpoint", "/things/{name}".into()),
            ("path", "/things/a".into()),
            ("status", Value::Integer(201)),
            ("duration_ms", Value::Float(4.1)),
            ("bytes", Value::Integer(9)),
            ("request_id", "r-1".into()),
            ("key", "ci".into()),
        ];
        let text = |level| line(Form::Text, moment(82_883_500), level, REQUEST, fields);
        assert_eq!(text(Level::Info), "23:01:23 PUT /things/a 201 4.1 ms id=r-1 key=ci\n");
        assert_eq!(text(Level::Debug), "23:01:23 DEBUG PUT /things/a 201 4.1 ms id=r-1 key=ci\n");
    }

    #[test]
    fn a_line_fits_into_one_write_whatever_it_contains() {
        let long = "\u{1b}".repeat(60_000);
        let fields = vec![("field", Value::from(long.as_str())); 10];
        for form in [Form::Json, Form::Text] {
            let line = line(form, moment(0), Level::Warn, &long, &fields);
            assert!(line.len() <= MAX_STDERR_WRITE, "{} bytes", line.len());
            assert!(line.len() > MAX_STDERR_WRITE / 2, "{} bytes", line.len());
            assert_eq!((line.matches('\n').count(), line.ends_with('\n')), (1, true), "{line}");
        }
        let line = line(Form::Json, moment(0), Level::Info, &long, &fields);
        assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok(), "{line}");
    }

    #[test]
    fn a_clock_after_the_year_9999_does_not_panic() {
        for seconds in [253_402_300_799, 253_402_300_800, i64::from(u32::MAX) * 1000] {
            let line = line(Form::Json, moment(seconds * 1000), Level::Info, "", &[]);
            assert!(line.contains("\"9999-12-31T23:59:59."), "{line}");
        }
    }

    #[test]
    fn a_float_that_is_not_finite_is_null() {
        let line = line(Form::Json, moment(0), Level::Info, "", &[("a", f64::NAN.into()), ("b", 2.0.into())]);
        assert!(line.ends_with("\"a\":null,\"b\":2.0}\n"), "{line}");
    }

    fn escaped(text: &str) -> String {
        let mut line = String::new();
        push_escaped(&mut line, text);
        line
    }

    #[test]
    fn invisible_characters_are_escaped() {
        let controls = ('\0'..' ').chain('\u{7f}'..='\u{9f}');
        let bidirectional = ['\u{61c}', '\u{200e}', '\u{200f}'].into_iter().chain('\u{202a}'..='\u{202e}');
        let others =
            ('\u{2066}'..='\u{2069}').chain("\u{2028}\u{2029}\u{200b}\u{feff}\u{ad}\u{a0}\u{e0041}\u{e000}".chars());
        for character in controls.chain(bidirectional).chain(others) {
            let written = escaped(&format!("a{character}b"));
            assert!(written.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{written:?}");
            let read: String = serde_json::from_str(&format!("\"{written}\"")).unwrap();
            assert_eq!(read, format!("a{character}b"));
        }
    }

    #[test]
    fn blank_letters_are_escaped() {
        assert_eq!(escaped("a\u{3164}\u{115f}\u{1160}\u{2800}\u{ffa0}"), r"a\u3164\u115f\u1160\u2800\uffa0");
    }

    #[test]
    fn visible_characters_are_unchanged() {
        for text in ["", "/things/Zoë", "it's", "日本語", "🦀", " ~"] {
            assert_eq!(escaped(text), text);
        }
        assert_eq!(escaped(r#"a"b\c"#), r#"a\"b\\c"#);
        assert_eq!(escaped("a\nb"), r"a\nb");
    }

    #[test]
    fn a_long_text_is_truncated_at_a_character_boundary() {
        for (piece, width) in [("a", 1), ("ö", 2), ("日", 3), ("🦀", 4), ("\"", 2), ("\u{1b}", 6), ("\u{e0041}", 12)]
        {
            let fitting = MAX_TEXT / width;
            let whole = escaped(&piece.repeat(fitting));
            assert_eq!(whole.len(), fitting * width, "{piece:?}");
            assert_eq!(escaped(&piece.repeat(fitting + 1)), format!("{whole}…"), "{piece:?}");
            assert_eq!(escaped(&piece.repeat(60_000)), format!("{whole}…"), "{piece:?}");
        }
        // Byte 1,024 is in the middle of a character.
        let text = format!("/{}", "ö".repeat(30_000));
        assert_eq!(escaped(&text), format!("/{}…", "ö".repeat(511)));
    }
}
