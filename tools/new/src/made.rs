//! Tests that projects made by `hack/new` work. They take minutes, so `hack/test` runs them as a separate step.

mod bare;

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::identity::{self, Identity};
use crate::project::{self, git, output};
use crate::rename::Renamer;

/// Values for `hack/new` that don't resemble those of this project.
const NAME: &str = "orders-service";
const ORGANISATION: &str = "acme-inc";
const REGISTRY: &str = "registry.example:5000";
/// The runner for the black-box tests of the new project.
const RUNNER: &str = "ORDERS_SERVICE_RUNNER";
/// Filters for the black-box tests: those that fit every example, and those of the tutorial's resource.
const TESTS: [&str; 9] = [
    "root::",
    "::creates_",
    "orders::",
    "metrics::form",
    "docs::reference",
    "layout::",
    "plans::",
    "notes::",
    "--skip=the_component_is_small",
];

#[test]
#[ignore = "takes a minute; hack/test runs it with a PostgreSQL"]
fn a_new_project_passes_its_tests() {
    let (_, project) = make("full", false, 15);
    run(Command::new(project.join("hack/generate")).arg("--check"), &project);
    assert_works(&project);
}

/// Makes a project from a copy of this one, always in the same directory.
fn make(kind: &str, is_bare: bool, codegen_units: usize) -> (PathBuf, PathBuf) {
    let place = root().join("target/new-project").join(kind);
    let (copy, project) = (place.join("copy"), place.join(NAME));
    drop(fs::remove_dir_all(&place));
    make_copy(&copy);
    share_build(&place, codegen_units);
    let old = Identity::read(&copy).unwrap();
    let new = Identity { name: NAME.into(), organisation: ORGANISATION.into(), registry: REGISTRY.into() };
    project::make(&copy, &Renamer::new(&old, &new), is_bare, &project).unwrap();

    assert_eq!(Identity::read(&project).unwrap(), new);
    assert_eq!(output(&project, &["rev-list", "--count", "HEAD"]), "1\n");
    assert_eq!(output(&project, &["status", "--porcelain"]), "");
    let traces = traces(&old, &project);
    assert!(traces.is_empty(), "{traces:#?}");
    (copy, project)
}

/// Checks the project, and runs its unit tests and the black-box tests of its example.
fn assert_works(project: &Path) {
    cargo(project, &["check", "--workspace"]);
    cargo(project, &["test", "--quiet", "--package=api", "--package=chassis", "--package=new-project"]);
    run(Command::new(project.join("hack/build")).arg("api"), project);
    // No test below reads the documentation pages.
    let pages = "target/wasm32-wasip2/release/docs_ui.wasm";
    fs::copy(root().join(pages), project.join(pages)).unwrap();
    cargo(project, &[&["test", "--quiet", "--package=black-box", "--"], &TESTS[..]].concat());
}

/// Makes a repository of one commit: all files that git does not ignore, with their uncommitted changes.
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

/// Lets the projects below `place` use the dependencies that are compiled here. Cargo distinguishes crates of two
/// workspaces only by their relative paths and their profiles, so the projects' crates get their own profile.
fn share_build(place: &Path, codegen_units: usize) {
    let mut config = format!("[build]\nbuild-dir = {:?}\n", root().join("target"));
    for name in identity::crates(&root()).unwrap() {
        // Code for the host runs once, so it is not optimized.
        writeln!(config, "[profile.dev.package.{name}]\nopt-level = 0\ncodegen-units = {codegen_units}").unwrap();
        writeln!(config, "[profile.release.package.{name}]\ncodegen-units = {codegen_units}").unwrap();
    }
    fs::create_dir(place.join(".cargo")).unwrap();
    fs::write(place.join(".cargo/config.toml"), config).unwrap();
}

/// Returns where the new project still has the names of the old one, in contents or in paths.
fn traces(old: &Identity, project: &Path) -> Vec<String> {
    let name = old.name.replace('-', "[-_ ]?");
    let organisation = format!("github\\.com[/:]{0}/|{0}/{NAME}|{1}/{0}/", old.organisation, old.registry);
    let mut traces = Vec::new();
    for pattern in [name, organisation] {
        let mut grep = git(project);
        grep.args(["grep", "--text", "--ignore-case", "--extended-regexp", "--line-number", &pattern]);
        // 1 means that there are none.
        let found = grep.output().unwrap();
        assert!(found.status.code() <= Some(1), "{}", String::from_utf8_lossy(&found.stderr));
        traces.extend(String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned));
    }
    let files = output(project, &["ls-files"]);
    traces.extend(files.lines().filter(|file| file.contains(&old.name)).map(str::to_owned));
    traces
}

fn cargo(project: &Path, arguments: &[&str]) {
    run(Command::new(env!("CARGO")).args(arguments), project);
}

fn run(command: &mut Command, directory: &Path) {
    command.env(RUNNER, root().join("target/debug/runner")).env_remove("CARGO_TARGET_DIR").current_dir(directory);
    // Cargo sets them for a test. `ring` tracks them, so half of the runner would be built again.
    for (name, _) in
        env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{stdout}{stderr}", output.status);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
