//! Where the script reads the key, and where the key must not appear.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use black_box::{API_KEY, Options, Server, example, repository};
use tempfile::TempDir;

use super::report::{Report, smoke};

/// Every user of a machine can read the arguments of its processes.
#[tokio::test]
async fn the_key_is_in_no_argument_and_in_no_line() {
    let server = Server::start(Options::api()).await;
    let directory = TempDir::new().unwrap();
    let (curl, arguments) = (directory.path().join("curl"), directory.path().join("arguments"));
    let path = std::env::var("PATH").unwrap();
    let script = "#!/bin/sh\necho \"$@\" >>\"$(dirname \"$0\")/arguments\"\nPATH=\"$REAL_PATH\" exec curl \"$@\"\n";
    fs::write(&curl, script).unwrap();
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = smoke(API_KEY);
    command.env("REAL_PATH", &path).env("PATH", format!("{}:{path}", directory.path().display()));
    let report = Report::parse(command.args(["--write", &server.client().url("")]));
    report.assert_failed(|_| false);
    assert!(!report.text.contains(API_KEY), "{}", report.text);
    let arguments = fs::read_to_string(arguments).unwrap();
    assert!(arguments.contains(example::LIST), "{arguments}");
    assert!(!arguments.contains(API_KEY), "{arguments}");
}

#[tokio::test]
async fn without_a_key_in_the_environment_it_is_the_one_of_the_checkout() {
    let server = Server::start(Options::api()).await;
    let checkout = TempDir::new().unwrap();
    for file in ["hack/check/smoke", "hack/tools/help", "component/smoke.sh"] {
        let copy = checkout.path().join(file);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(repository::root().join(file), copy).unwrap();
    }
    let script = checkout.path().join("hack/check/smoke");
    let run = || {
        let mut command = std::process::Command::new(&script);
        command.env_remove("MINI_API_KEY").env("no_proxy", "*").env("NO_PROXY", "*");
        command.arg(server.client().url(""));
        command
    };
    let output = run().output().unwrap();
    assert_eq!(output.status.code(), Some(super::USAGE), "no key: {output:?}");
    fs::create_dir(checkout.path().join(".local")).unwrap();
    fs::write(checkout.path().join(".local/api-key"), format!("{API_KEY}\n")).unwrap();
    Report::parse(&mut run()).assert_failed(|_| false);
}
