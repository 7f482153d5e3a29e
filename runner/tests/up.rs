//! The output and the exit code of the program when it cannot start an application.

use std::fs;
use std::process::{Command, Output};

fn runner(arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_runner")).args(arguments).env_clear().output()
}

#[test]
fn problems_are_listed_on_stderr_and_nothing_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = r#"
        spin_manifest_version = 2
        surplus = true
        [application]
        name = "app"
        [variables]
        token = { required = true }
        [[trigger.http]]
        route = "/..."
        component = "api"
        [component.api]
        source = "missing.wasm"
    "#;
    fs::write(folder.path().join("spin.toml"), manifest).unwrap();
    let from = folder.path().to_str().unwrap();
    let output = runner(&["up", "--from", from, "--listen", "127.0.0.1:0"]).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(output.stdout.is_empty());
    for part in ["`surplus`", "SPIN_VARIABLE_TOKEN", "missing.wasm"] {
        assert!(stderr.contains(part), "{part} in {stderr}");
    }
}

#[test]
fn a_wrong_argument_is_a_usage_error() {
    for arguments in [&["up", "--max-instance-reuse-count", "1..8"][..], &["up", "--nonsense"], &[]] {
        let output = runner(arguments).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}
