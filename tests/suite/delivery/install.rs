//! `hack/tools/debian` installs nothing without consent.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use black_box::repository;
use rstest::rstest;
use tempfile::TempDir;

/// A machine whose programs only record their calls.
struct Machine(TempDir);

impl Machine {
    fn of_user(id: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let record = directory.path().join("calls");
        let program = |name: &str, script: &str| {
            let path = directory.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        program("id", &format!("echo {id}"));
        for name in ["apt-get", "sudo"] {
            program(name, &format!("echo {name} \"$@\" >> {}", record.display()));
        }
        Self(directory)
    }

    /// Returns a command that finds those programs first, without the variables that mean consent.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.0.path().display()));
        command.env_remove("CI").env_remove("MINI_API_INSTALL").current_dir(repository::root());
        command
    }

    /// Runs the script without a terminal.
    fn install(&self, environment: Option<(&str, &str)>) -> Output {
        let mut command = self.command("hack/tools/debian");
        command.arg("some-package").envs(environment).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs the script on a terminal, and types the answer.
    fn type_in(&self, answer: &str) {
        let file = self.0.path().join("answer");
        fs::write(&file, answer).unwrap();
        let mut command = self.command("script");
        command.args(["--quiet", "--return", "--command", "hack/tools/debian some-package", "/dev/null"]);
        command.stdin(fs::File::open(file).unwrap()).output().unwrap();
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.0.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}

#[test]
fn without_a_terminal_sudo_needs_consent() {
    let machine = Machine::of_user(1000);
    let output = machine.install(None);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("sudo apt-get install") && said.contains("some-package"),
        "{said}"
    );
    assert_eq!(machine.calls(), [""; 0]);
}

#[rstest]
fn consent_is_a_variable(#[values(("CI", "true"), ("MINI_API_INSTALL", "yes"))] environment: (&str, &str)) {
    let machine = Machine::of_user(1000);
    assert!(machine.install(Some(environment)).status.success());
    let calls = machine.calls();
    assert!(calls.len() == 2 && calls.iter().all(|call| call.starts_with("sudo --non-interactive ")), "{calls:?}");
}

#[test]
fn root_without_a_terminal_installs() {
    let machine = Machine::of_user(0);
    assert!(machine.install(None).status.success());
    let calls = machine.calls();
    assert!(calls.len() == 2 && calls[1].ends_with(" some-package"), "{calls:?}");
    assert!(calls.iter().all(|call| call.starts_with("apt-get ")), "{calls:?}");
}

#[rstest]
#[case("y\n", 2)]
#[case("n\n", 0)]
#[case("\n", 0)]
fn on_a_terminal_it_asks(#[case] answer: &str, #[case] calls: usize, #[values(0, 1000)] user: u32) {
    let machine = Machine::of_user(user);
    machine.type_in(answer);
    assert_eq!(machine.calls().len(), calls, "{:?}", machine.calls());
}
