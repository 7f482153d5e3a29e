//! The commands of a page of Markdown.

use std::fs;

use black_box::repository;
use serde_json::Value;

/// Languages of fenced blocks: commands, and the response to the command before.
const COMMANDS: &str = "sh";
const ANSWER: &str = "json";

/// The start of a line that is a command, even outside of a block.
const PROGRAMS: [&str; 3] = ["curl ", "./hack/", "$ "];

/// A command as a reader pastes it, which may go over several lines.
#[derive(Debug, PartialEq)]
pub(super) struct Command {
    /// Without the comment at its end.
    pub(super) text: String,
    /// The status that the comment announces, if it is one.
    pub(super) status: Option<u16>,
    /// The response, if the page shows it.
    pub(super) answer: Option<Value>,
    /// Its place, for messages.
    pub(super) at: String,
}

/// Returns the commands of a page, in order. Panics if a possible command is outside of a block of commands.
pub(super) fn commands(path: &str) -> Vec<Command> {
    let text = fs::read_to_string(repository::root().join(path)).unwrap();
    let commands = parse(path, &text);
    assert!(!commands.is_empty(), "no command in {path}");
    commands
}

fn parse(path: &str, text: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let at = format!("{path}:{number}");
        let is_hidden = PROGRAMS.iter().any(|program| line.trim_start().starts_with(program));
        assert!(!is_hidden, "{at}: a command outside of a block: {line}");
        let Some(language) = fence(line, &at) else { continue };
        let block: Vec<_> = lines.by_ref().take_while(|(_, line)| *line != "```").collect();
        match language {
            COMMANDS => commands.extend(split(path, &block)),
            ANSWER => {
                let text: String = block.iter().map(|(_, line)| *line).collect();
                let answer = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{at}: {error}"));
                let command: &mut Command = commands.last_mut().unwrap_or_else(|| panic!("{at}: answers no command"));
                assert_eq!(command.answer.replace(answer), None, "{at}: a second answer");
            }
            other => panic!("{at}: a block of {other:?} is neither commands nor an answer"),
        }
    }
    commands
}

/// The language of the block that a line opens. Only one syntax is allowed.
fn fence<'a>(line: &'a str, at: &str) -> Option<&'a str> {
    let language = line.strip_prefix("```");
    let is_another = line.contains("```") || line.trim_start().starts_with("~~~");
    assert!(language.is_some() || !is_another, "{at}: another kind of block: {line}");
    language
}

/// A command ends with its line, unless that ends in a backslash.
fn split(path: &str, block: &[(usize, &str)]) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut lines = block.iter().filter(|(_, line)| !line.is_empty());
    while let Some((number, first)) = lines.next() {
        let mut text = (*first).to_owned();
        while text.ends_with('\\') {
            let (_, next) = lines.next().unwrap_or_else(|| panic!("{path}:{number}: nothing after the backslash"));
            text.push('\n');
            text.push_str(next);
        }
        // Two spaces: a comment, and not the text of a quoted argument.
        let (text, comment) = text.split_once("  # ").unwrap_or((&text, ""));
        let (text, status) = (text.trim_end().to_owned(), comment.parse().ok());
        commands.push(Command { text, status, answer: None, at: format!("{path}:{number}") });
    }
    commands
}

#[test]
fn commands_are_found_with_what_they_announce() {
    let text = "a\n```sh\ncurl -H a \\\n  b  # 201\n\n./hack/up  # serves 2\n```\n```json\n{\"a\":\n1}\n```\n";
    let command = |text: &str, status, answer, at: &str| Command { text: text.into(), status, answer, at: at.into() };
    let expected = [
        command("curl -H a \\\n  b", Some(201), None, "p:3"),
        command("./hack/up", None, Some(serde_json::json!({"a": 1})), "p:6"),
    ];
    assert_eq!(parse("p", text), expected);
}

#[test]
fn commands_do_not_hide() {
    let hidden = [
        "```bash\nls\n```",
        "  ```sh\n  ls\n  ```",
        "```\nls\n```",
        "    curl x",
        "~~~sh\nls\n~~~",
        "$ ls",
        "```json\n1\n```",
    ];
    for text in hidden {
        let parsed = std::panic::catch_unwind(|| parse("p", text));
        assert!(parsed.is_err(), "{text:?}: {parsed:?}");
    }
}
