//! Pins of actions and images by commit or digest that zizmor does not check.

use std::collections::BTreeMap;
use std::fs;

use black_box::repository;

use super::{Workflow, workflow, workflows};

/// The lines that name an action without its version, or BuildKit's image without its digest.
fn broken(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("- "));
    lines.filter(|line| !is_exact(line)).map(str::to_owned).collect()
}

fn is_exact(line: &str) -> bool {
    if let Some(action) = line.strip_prefix("uses: ") {
        return action.starts_with("./") || action_at(action).is_some();
    }
    line.strip_prefix("driver-opts: image=").is_none_or(|image| image.contains("@sha256:"))
}

/// The parts of `owner/name@commit # vX.Y.Z`.
fn action_at(action: &str) -> Option<(&str, &str, &str)> {
    let (reference, version) = action.split_once(" # v")?;
    let (name, commit) = reference.split_once('@')?;
    let is_version = version.split('.').count() == 3 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_version.then_some((name, commit, version))
}

/// The texts of the workflows, and of the action that they share.
fn texts() -> Vec<String> {
    let action = repository::root().join(".github/actions/prepare/action.yaml");
    let mut texts: Vec<_> = workflows().into_iter().map(|Workflow { text, .. }| text).collect();
    texts.push(fs::read_to_string(action).unwrap());
    texts
}

#[test]
fn every_action_has_its_version_beside_it_and_buildkit_its_digest() {
    for text in texts() {
        assert_eq!(broken(&text), [""; 0]);
    }
}

#[test]
fn what_is_not_exact_is_told() {
    for line in [
        "- uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
        "- uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # main",
        "driver-opts: image=moby/buildkit:latest",
    ] {
        assert_eq!(broken(line).len(), 1, "{line}");
    }
    assert_eq!(broken("uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"), [""; 0]);
}

#[test]
fn an_action_is_taken_at_one_commit_everywhere() {
    let mut commits: BTreeMap<String, String> = BTreeMap::new();
    for text in texts() {
        for line in text.lines().filter_map(|line| line.split_once("uses: ")) {
            let Some((name, commit, _)) = action_at(line.1) else { continue };
            let known = commits.entry(name.to_owned()).or_insert_with(|| commit.to_owned());
            assert_eq!(known, commit, "{name}");
        }
    }
    assert!(commits.len() > 10, "{commits:?}");
}

#[test]
fn jobs_run_in_one_image() {
    let image = |workflow: &Workflow, job: &str| workflow.value["jobs"][job]["container"]["image"].clone();
    let tested = image(&workflow("test.yaml"), "test");
    assert!(tested.is_string());
    for (name, job) in [("ci.yaml", "spin"), ("publish.yaml", "build"), ("audit.yaml", "audit")] {
        assert_eq!(image(&workflow(name), job), tested, "{name}");
    }
}
