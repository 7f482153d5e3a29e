//! A project that `hack/new` makes is a working one. It takes minutes, so `hack/test` runs it as a step of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::identity::Identity;
use crate::project;
use crate::rename::Renamer;

/// Values for `hack/new`, of which none looks like this project's.
const NAME: &str = "orders-service";
const ORGANISATION: &str = "acme-inc";
const REGISTRY: &str = "registry.example:5000";
/// A version that this project never has.
const VERSION: &str = "1000.0.0";
/// The runner for the black-box tests of the new project.
const RUNNER: &str = "ORDERS_SERVICE_RUNNER";

#[test]
#[ignore = "takes minutes; hack/test runs it with a PostgreSQL"]
fn a_new_project_has_no_trace_of_the_old_names_and_passes_its_tests() {
    let (copy, project) = (place().join("copy"), place().join(NAME));
    for directory in [&copy, &project] {
        drop(fs::remove_dir_all(directory));
    }
    make_copy(&copy);
    let old = Identity::read(&copy).unwrap();
    let new = Identity { name: NAME.into(), organisation: ORGANISATION.into(), registry: REGISTRY.into() };
    project::make(&copy, &Renamer::new(&old, &new), &project).unwrap();

    assert_eq!(Identity::read(&project).unwrap(), new);
    assert_eq!(output(&project, &["rev-list", "--count", "HEAD"]), "1\n");
    assert_eq!(output(&project, &["status", "--porcelain"]), "");
    let traces = traces(&old, &project);
    assert!(traces.is_empty(), "{traces:#?}");

    // In a shared directory, cargo tells the crates of two workspaces apart by their versions alone.
    run(Command::new(project.join("hack/release/bump")).arg(VERSION), &project);
    cargo(&project, "check", &["--workspace"]);
    cargo(&project, "test", &["--quiet", "--package=api", "--package=new-project"]);
    run(Command::new(project.join("hack/build")).arg("api"), &project);
    // Nothing below looks at the pages.
    let pages = "target/wasm32-wasip2/release/docs_ui.wasm";
    fs::copy(root().join(pages), project.join(pages)).unwrap();
    cargo(&project, "test", &["--quiet", "--package=black-box", "--", "root::", "tocos::put"]);
}

/// A directory that is always the same, so that a second run builds on what the first one left.
fn place() -> PathBuf {
    root().join("target/new-project")
}

/// Makes a repository of one commit: the files that git would take, uncommitted changes among them.
fn make_copy(copy: &Path) {
    let root = root();
    fs::create_dir_all(copy).unwrap();
    let files = output(&root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let files = files.split_terminator('\0').filter(|file| fs::symlink_metadata(root.join(file)).is_ok());
    run(Command::new("cp").args(["--no-dereference", "--parents", "--target-directory"]).arg(copy).args(files), &root);
    run(git(copy).args(["init", "--quiet"]), copy);
    run(git(copy).args(["add", "--all", "--force"]), copy);
    let author = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    run(git(copy).args(author).args(["commit", "--quiet", "--no-gpg-sign", "--message=everything"]), copy);
}

/// Where the new project still has the names of the old one, in contents or in paths.
fn traces(old: &Identity, project: &Path) -> Vec<String> {
    let name = old.name.replace('-', "[-_ ]?");
    let organisation = format!("github\\.com[/:]{0}/|{0}/{NAME}|{1}/{0}/", old.organisation, old.registry);
    let mut traces = Vec::new();
    for pattern in [name, organisation] {
        let mut grep = git(project);
        grep.args(["grep", "--text", "--ignore-case", "--extended-regexp", "--line-number", &pattern]);
        // 1: there are none.
        let found = grep.output().unwrap();
        assert!(found.status.code() <= Some(1), "{}", String::from_utf8_lossy(&found.stderr));
        traces.extend(String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned));
    }
    let files = output(project, &["ls-files"]);
    traces.extend(files.lines().filter(|file| file.contains(&old.name)).map(str::to_owned));
    traces
}

fn cargo(project: &Path, subcommand: &str, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO"));
    command.arg(subcommand);
    // What is built here runs once.
    for package in ["api", "black-box"] {
        command.args(["--config", &format!("profile.dev.package.{package}.opt-level=0")]);
    }
    run(command.args(arguments), project);
}

/// Runs a command in a directory. What it compiles of others is shared with this project; what it makes is not.
fn run(command: &mut Command, directory: &Path) {
    let target = root().join("target");
    command.env("CARGO_BUILD_BUILD_DIR", &target).env(RUNNER, target.join("debug/runner"));
    command.env_remove("CARGO_TARGET_DIR").current_dir(directory);
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{stdout}{stderr}", output.status);
}

fn output(directory: &Path, arguments: &[&str]) -> String {
    let output = git(directory).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.current_dir(directory);
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
