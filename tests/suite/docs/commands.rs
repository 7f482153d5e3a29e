//! Every command that README.md and docs/api.md show does what they say.

mod page;
mod shell;

use std::process;

use black_box::Engine::{Postgres, Sqlite};
use black_box::{Engine, Options, Server, repository};
use rstest::rstest;
use serde_json::Value;

use page::{Command, commands};
use shell::Shell;

const README: &str = "README.md";
const REQUESTS: &str = "docs/api.md";

/// Commands that the tests do not run, and why.
const NOT_RUN: [(&str, &str); 5] = [
    ("./hack/up", "serves until it is stopped"),
    ("./hack/test", "runs this test"),
    ("SPIN_VARIABLE_DATABASE=postgres SPIN_VARIABLE_PGPASSWORD=... ./hack/up", "needs the reader's database"),
    ("MINI_API_SPIN=.local/spin/spin ./hack/test", "needs Spin, and runs this test"),
    ("./hack/new orders-api --org acme ../orders-api", "makes a project"),
];

/// Members of a response that differ each time.
const VARYING: [&str; 4] = ["request_id", "id", "created_at", "timestamp"];

#[rstest]
#[tokio::test]
async fn commands_are_answered_as_announced(
    #[values(README, REQUESTS)] page: &str,
    #[values(Sqlite, Postgres)] engine: Engine,
) {
    let server = Server::start(Options::on(engine)).await;
    run(page, &Shell::beside(&server));
}

#[test]
fn commands_that_are_not_run_are_sound() {
    let commands: Vec<_> = [README, REQUESTS].into_iter().flat_map(commands).collect();
    for (text, reason) in NOT_RUN {
        assert!(commands.iter().any(|command| command.text == text), "{text} ({reason}) is on no page");
        assert_parses(&["-c", text]);
        let script = text.split(' ').find(|word| word.starts_with("./hack/")).unwrap();
        assert_parses(&[script]);
        // A reader's shell runs only an executable script.
        let is_executable = process::Command::new("test").args(["-x", script]).current_dir(repository::root()).status();
        assert!(is_executable.unwrap().success(), "{script} can't be executed");
    }
}

/// Runs the commands of a page one after the other.
fn run(page: &str, shell: &Shell) {
    let commands = commands(page);
    let is_run = |command: &&Command| !NOT_RUN.iter().any(|(text, _)| *text == command.text);
    let run = commands.iter().filter(is_run).map(|command| check(command, shell)).count();
    assert!(run > 0, "{page} sends no request to the API");
}

fn check(Command { text, status, answer, at }: &Command, shell: &Shell) {
    let status =
        status.unwrap_or_else(|| panic!("{at}: {text} is not in NOT_RUN, and announces no status as `  # 200` does"));
    let run = shell.run(text);
    let about = format!("{at}: {text}\n{}{}", run.said, run.output);
    assert!(run.succeeded, "{about}");
    assert_eq!(run.statuses, [status], "{about}");
    if let Some(answer) = answer {
        let printed = serde_json::from_str(&run.output).unwrap_or_else(|error| panic!("{error}: {about}"));
        assert_eq!(without_varying(printed), without_varying(answer.clone()), "{about}");
    }
}

fn without_varying(mut answer: Value) -> Value {
    for name in VARYING {
        if let Some(member) = answer.get_mut(name) {
            *member = Value::Null;
        }
    }
    answer
}

fn assert_parses(arguments: &[&str]) {
    let bash = process::Command::new("bash").arg("-n").args(arguments).current_dir(repository::root()).output();
    let output = bash.unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
