//! Projects that `hack/new` makes work. It takes minutes, so `hack/test` runs it as a step of its own.

mod bare;

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::identity::{self, Identity};
use crate::project::{self, git, output};
use crate::rename::Renamer;

/// Values for `hack/new`, of which none looks like this project's.
const NAME: &str = "orders-service";
const ORGANISATION: &str = "acme-inc";
const REGISTRY: &str = "registry.example:5000";
/// The runner for the black-box tests of the new project.
const RUNNER: &str = "ORDERS_SERVICE_RUNNER";
/// The tests that an example adds an entry, whatever it is, and those of the tutorial's resource.
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

/// Makes a project of a copy of this one, in a directory that is always the same.
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
    // Nothing below looks at the pages.
    let pages = "target/wasm32-wasip2/release/docs_ui.wasm";
    fs::copy(root().join(pages), project.join(pages)).unwrap();
    cargo(project, &[&["test", "--quiet", "--package=black-box", "--"], &TESTS[..]].concat());
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

/// Lets the projects below `place` use what is compiled here of others. Cargo tells the crates of two workspaces apart by
/// their paths within and by their profiles alone, so these get a profile of their own.
fn share_build(place: &Path, codegen_units: usize) {
    let mut config = format!("[build]\nbuild-dir = {:?}\n", root().join("target"));
    for name in identity::crates(&root()).unwrap() {
        // What is built for the host runs once.
        writeln!(config, "[profile.dev.package.{name}]\nopt-level = 0\ncodegen-units = {codegen_units}").unwrap();
        writeln!(config, "[profile.release.package.{name}]\ncodegen-units = {codegen_units}").unwrap();
    }
    fs::create_dir(place.join(".cargo")).unwrap();
    fs::write(place.join(".cargo/config.toml"), config).unwrap();
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

fn cargo(project: &Path, arguments: &[&str]) {
    run(Command::new(env!("CARGO")).args(arguments), project);
}

fn run(command: &mut Command, directory: &Path) {
    command.env(RUNNER, root().join("target/debug/runner")).env_remove("CARGO_TARGET_DIR").current_dir(directory);
    // Cargo sets them for a test; `ring` tracks them, so half of the runner would be built again.
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
