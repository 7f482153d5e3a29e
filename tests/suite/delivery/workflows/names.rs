//! Every file that a workflow names exists, so that a renamed script fails before a merge.

use black_box::repository;
use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{Workflow, workflow, workflows};

/// GitHub's path patterns. The workflows use only `*` and `**`, which have the same meaning in git.
pub(super) fn matcher(patterns: &[&str]) -> Gitignore {
    let root = repository::root();
    let mut builder = GitignoreBuilder::new(&root);
    for pattern in patterns {
        let (sign, path) = pattern.strip_prefix('!').map_or(("", *pattern), |path| ("!", path));
        assert!(!path.contains(['?', '+', '!', '[']), "{pattern}: not supported here");
        // GitHub's patterns begin at the root.
        builder.add_line(None, &format!("{sign}/{path}")).unwrap();
    }
    builder.build().unwrap()
}

/// Every file that git does not ignore, from the root.
pub(super) fn files() -> Vec<String> {
    let root = repository::root();
    let walk = WalkBuilder::new(&root).hidden(false).require_git(false).parents(false).build();
    let files = walk.map(Result::unwrap).filter(|entry| entry.path().is_file());
    let files = files.map(|entry| entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
    files.filter(|path| !path.starts_with(".git/")).collect()
}

fn broken(workflow: &Workflow, files: &[String]) -> Vec<String> {
    let mut broken = Vec::new();
    for event in ["push", "pull_request"] {
        for pattern in ["paths", "paths-ignore"].into_iter().flat_map(|key| workflow.patterns(event, key)) {
            let matcher = matcher(&[pattern.trim_start_matches('!')]);
            if !files.iter().any(|file| matcher.matched(file, false).is_ignore()) {
                broken.push(format!("{event}: {pattern}"));
            }
        }
    }
    for (_, job) in workflow.jobs() {
        for step in job["steps"].as_array().into_iter().flatten() {
            let scripts = step["run"].as_str().into_iter().flat_map(scripts);
            broken.extend(scripts.filter(|script| !files.iter().any(|file| file == script)).map(str::to_owned));
        }
    }
    broken
}

/// The scripts of `hack/` that a step runs.
fn scripts(run: &str) -> impl Iterator<Item = &str> {
    let words = run.split(|c: char| !(c.is_ascii_alphanumeric() || "/-_.".contains(c)));
    words.filter(|word| word.starts_with("hack/"))
}

#[test]
fn every_file_that_is_named_is_there() {
    let files = files();
    for workflow in workflows() {
        assert_eq!(broken(&workflow, &files), [""; 0], "{}", workflow.name);
    }
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let files = files();
    let ci = workflow("ci.yaml").with("hack/tools/spin \"$SPIN\"", "hack/get-spin \"$SPIN\"");
    assert_eq!(broken(&ci, &files), ["hack/get-spin"]);
    let manifests = workflow("manifests.yaml").with("- k8s/**", "- kubernetes/**");
    assert_eq!(broken(&manifests, &files), ["push: kubernetes/**"]);
}
