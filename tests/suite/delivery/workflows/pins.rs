//! What others wrote is taken at one commit or digest.

use std::collections::BTreeMap;
use std::fs;

use black_box::repository;

use super::{Workflow, workflow, workflows};

/// What is wrong with the lines that name actions and images.
fn broken(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("- "));
    lines.filter(|line| !is_pinned(line)).map(str::to_owned).collect()
}

fn is_pinned(line: &str) -> bool {
    if let Some(action) = line.strip_prefix("uses: ") {
        return action.starts_with("./") || action_at(action).is_some();
    }
    match line.strip_prefix("image: ").or_else(|| line.strip_prefix("driver-opts: image=")) {
        Some(image) => image.split_once("@sha256:").is_some_and(|(_, digest)| is_hexadecimal(digest, 64)),
        None => true,
    }
}

/// The parts of `owner/name@commit # vX.Y.Z`.
fn action_at(action: &str) -> Option<(&str, &str, &str)> {
    let (reference, version) = action.split_once(" # v")?;
    let (name, commit) = reference.split_once('@')?;
    let is_version = version.split('.').count() == 3 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (is_hexadecimal(commit, 40) && is_version).then_some((name, commit, version))
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Those of the workflows, and of the action that they share.
fn texts() -> Vec<String> {
    let action = repository::root().join(".github/actions/prepare/action.yaml");
    let mut texts: Vec<_> = workflows().into_iter().map(|Workflow { text, .. }| text).collect();
    texts.push(fs::read_to_string(action).unwrap());
    texts
}

#[test]
fn every_action_and_image_is_pinned() {
    for text in texts() {
        assert_eq!(broken(&text), [""; 0]);
    }
}

#[test]
fn what_is_not_pinned_is_told() {
    let commit = "3d3c42e5aac5ba805825da76410c181273ba90b1";
    for line in [
        "- uses: actions/checkout@v7".to_owned(),
        "- uses: actions/checkout@v7 # v7.0.1".to_owned(),
        format!("uses: actions/checkout@{commit}"),
        format!("uses: actions/checkout@{commit} # main"),
        format!("uses: actions/checkout@{} # v7.0.1", &commit[1..]),
        "image: rust:1.95-bookworm".to_owned(),
        "driver-opts: image=moby/buildkit:latest".to_owned(),
    ] {
        assert_eq!(broken(&line).len(), 1, "{line}");
    }
    assert_eq!(broken(&format!("uses: actions/checkout@{commit} # v7.0.1")), [""; 0]);
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
