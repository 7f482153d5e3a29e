//! Escapes and truncates untrusted text for a line of the log.

use std::fmt::Write;

/// Maximum length of a value, in bytes after escaping and without [`CUT`]. Three such values and the rest of a request
/// fit into one line.
pub(super) const MAX_TEXT: usize = 1024;
const CUT: char = '…';

/// Blank letters that the standard library takes for printable: fillers of Hangul, and the empty Braille pattern.
const BLANK: [char; 5] = ['\u{115f}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{ffa0}'];

/// Appends `text` as the content of a JSON string, with every invisible character escaped: some could forge or hide lines
/// on a terminal (CWE-117).
pub(super) fn push_escaped(line: &mut String, text: &str) {
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
                // Writing to a string can't fail.
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
