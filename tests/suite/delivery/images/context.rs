//! The build context of the images: an allow list.

use std::fs;
use std::process::Command;

use black_box::repository;
use tempfile::TempDir;

use super::{read, stages};

fn allowed() -> Vec<String> {
    let text = read(".dockerignore");
    let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert_eq!(lines.next(), Some("*"), "an allow list");
    lines.map(|line| line.strip_prefix('!').unwrap_or_else(|| panic!("{line}")).to_owned()).collect()
}

#[test]
fn it_has_what_is_copied() {
    let allowed = allowed();
    for stage in stages() {
        let copies = stage.all("COPY").into_iter().filter(|copy| !copy.contains("--from="));
        let mounts = stage.all("RUN").into_iter().filter_map(|run| run.split("source=").nth(1)?.split(',').next());
        let sources = copies.filter_map(|copy| copy.split(' ').next()).chain(mounts);
        for source in sources.filter(|source| *source != ".") {
            assert!(allowed.iter().any(|path| path == source), "the context lacks {source}");
        }
    }
    for path in allowed {
        assert!(repository::root().join(&path).exists(), "{path} does not exist");
    }
}

#[test]
fn it_has_nothing_that_is_kept_from_git_or_is_secret() {
    for path in allowed() {
        for word in [".git", ".local", ".spin", "target", ".env", "secret", "k8s", "infra"] {
            assert!(!path.contains(word), "{path}");
        }
    }
}

#[test]
fn cargo_finds_all_of_the_workspace_in_it() {
    let context = TempDir::new().unwrap();
    let copied = Command::new("cp")
        .args(["--recursive", "--parents"])
        .args(allowed())
        .arg(context.path())
        .current_dir(repository::root())
        .status()
        .unwrap();
    assert!(copied.success());
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--locked", "--offline", "--no-deps"]);
    let output = cargo.current_dir(context.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (path, what) in [("component/migrations", "the schema"), ("docs-ui/vendor", "what the documentation shows")] {
        assert!(fs::read_dir(context.path().join(path)).is_ok_and(|mut files| files.next().is_some()), "{what}");
    }
}
