//! Permissions: each job declares its own, and the jobs of a pull request only read.
//!
//! zizmor finds dangerous triggers, secrets outside an environment and permissions of a whole workflow. actionlint
//! finds a called workflow that is missing.

use serde_json::{Value, json};

use super::{DIRECTORY, Workflow, workflow, workflows};

/// The permissions that a workflow should not have. `all` are the workflows that it may call.
fn broken(checked: &Workflow, all: &[Workflow]) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, job) in checked.jobs() {
        if !job["permissions"].is_object() {
            broken.push(format!("{name}: no permissions of its own"));
        }
    }
    if checked.is_started_by("pull_request") {
        broken.extend(beyond_reading(checked, all));
    }
    broken
}

/// The permissions beyond reading of a workflow and of those that it calls.
fn beyond_reading(checked: &Workflow, all: &[Workflow]) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, job) in checked.jobs() {
        let rights = job["permissions"].as_object().into_iter().flatten();
        let writes = rights.filter(|(_, right)| *right != "read").map(|(right, _)| right);
        broken.extend(writes.map(|right| format!("{name}: {right}")));
        if job.get("environment").is_some() {
            broken.push(format!("{name}: an environment"));
        }
        let called = job["uses"].as_str().and_then(|path| path.strip_prefix("./")?.strip_prefix(DIRECTORY));
        let called = called.map(|path| path.trim_start_matches('/'));
        let called = all.iter().filter(|workflow| called == Some(&workflow.name));
        broken.extend(called.flat_map(|called| beyond_reading(called, all)));
    }
    broken
}

#[test]
fn no_workflow_may_more_than_it_says() {
    let all = workflows();
    for workflow in &all {
        assert_eq!(broken(workflow, &all), [""; 0], "{}", workflow.name);
    }
}

#[test]
fn what_may_too_much_is_told() {
    let all = workflows();
    let (ci, test) = (workflow("ci.yaml"), workflow("test.yaml"));
    let read = "      contents: read # The checkout.";
    for (workflow, told) in [
        (ci.with(&format!("    permissions:\n{read}\n"), ""), "test: no permissions of its own"),
        (ci.with(read, "      contents: write"), "test: contents"),
        (
            ci.with("    timeout-minutes: 90", "    timeout-minutes: 90\n    environment: release"),
            "spin: an environment",
        ),
    ] {
        assert_eq!(broken(&workflow, &all), [told]);
    }
    let writing: Vec<_> = vec![test.with(read, "      packages: write")];
    assert_eq!(broken(&ci, &writing), ["test: packages"], "of the workflow that is called");
}

#[test]
fn what_builds_may_not_write_and_what_writes_does_not_build() {
    for (name, builds, writes) in [("publish.yaml", "build", "push"), ("release.yaml", "server-build", "server")] {
        let workflow = workflow(name);
        let jobs = &workflow.value["jobs"];
        assert_eq!(jobs[builds]["permissions"], json!({"contents": "read"}), "{name}");
        assert!(jobs[writes]["permissions"]["packages"] == "write" && jobs[writes]["environment"] != Value::Null);
        let steps = jobs[writes]["steps"].to_string();
        assert!(steps.contains("download-artifact"), "{name}");
        for word in ["cargo", "hack/build", "build-push-action"] {
            assert!(!steps.contains(word), "{name}: {writes} has {word}");
        }
        assert_eq!(
            steps.matches("hack/release/push ").count(),
            steps.matches("hack/release/push --no-build ").count(),
            "{name}"
        );
    }
}
