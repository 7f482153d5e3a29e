//! The commands that `hack/update` runs, recorded by stand-ins.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use black_box::repository;
use tempfile::TempDir;

/// Runs the script while these commands fail. Returns its success and all commands.
fn update(failing: &[&str]) -> (bool, Vec<String>) {
    let directory = TempDir::new().unwrap();
    let stand_in = "#!/bin/sh\necho \"${0##*/} $*\" >>\"$LOG\"\n! echo \"$FAILING\" | grep -qxF \"$*\"\n";
    let failing: Vec<_> = failing.iter().map(|command| format!("compose {command}")).collect();
    for name in ["docker", "sleep"] {
        let path = directory.path().join(name);
        fs::write(&path, stand_in).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (log, path) = (directory.path().join("log"), std::env::var("PATH").unwrap());
    let mut script = Command::new(repository::root().join("hack/update"));
    script
        .env("PATH", format!("{}:{path}", directory.path().display()))
        .env("LOG", &log)
        .env("FAILING", failing.join("\n"));
    let passed = script.output().unwrap().status.success();
    let log = fs::read_to_string(log).unwrap();
    (passed, log.lines().map(|line| line.replace("docker compose ", "")).collect())
}

const START_NEXT: &str = "up --detach --no-deps --wait api-next";
const REPLACE: &str = "up --detach --no-deps --wait api";
const REMOVE_NEXT: &str = "rm --stop --force api-next";
const IS_SWITCHED: &str = "exec --no-TTY nginx test -d /tmp/next";
const SWITCH: &str = "exec --no-TTY nginx mkdir /tmp/next";
const SWITCH_BACK: &str = "exec --no-TTY nginx rmdir /tmp/next";
const BUILD: &str = "build api api-next";
const FINISH: [&str; 5] = [REPLACE, "sleep 10", SWITCH_BACK, "sleep 20", REMOVE_NEXT];

fn owned(commands: &[&[&str]]) -> Vec<String> {
    commands.concat().iter().map(ToString::to_string).collect()
}

#[test]
fn no_replica_is_stopped_while_it_has_requests() {
    let start = [BUILD, IS_SWITCHED, START_NEXT, "sleep 10", SWITCH, "sleep 20"];
    assert_eq!(update(&[IS_SWITCHED]), (true, owned(&[&start, &FINISH])));
}

#[test]
fn the_old_version_stays_if_the_new_one_is_not_healthy() {
    let commands = [BUILD, IS_SWITCHED, START_NEXT, "logs --tail 50 api-next", REMOVE_NEXT];
    assert_eq!(update(&[IS_SWITCHED, START_NEXT]), (false, owned(&[&commands])));
}

#[test]
fn requests_stay_at_the_new_version_if_the_old_one_cannot_be_replaced() {
    assert_eq!(update(&[REPLACE]), (false, owned(&[&[BUILD, IS_SWITCHED, REPLACE]])));
}

#[test]
fn an_interrupted_update_goes_on_where_the_requests_are() {
    assert_eq!(update(&[]), (true, owned(&[&[BUILD, IS_SWITCHED], &FINISH])));
}
