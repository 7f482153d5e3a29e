//! The workflows that a change starts: all that it needs, and none twice.

use std::process::Command;

use serde_json::Value;

use super::names::{files, matcher};
use super::{Workflow, workflow, workflows};

/// The files that Flux writes for a new version: on `main`, and in a pull request.
const STAGING: &str = "k8s/overlays/staging/image.yaml";
const PRODUCTION: &str = "k8s/overlays/production/image.yaml";

/// Whether a change of one file starts the workflow. A push is a push to `main`.
fn starts(workflow: &Workflow, event: &str, file: &str) -> bool {
    let matches = |patterns: &[&str]| matcher(patterns).matched_path_or_any_parents(file, false).is_ignore();
    let (paths, ignored) = (workflow.paths(event), workflow.patterns(event, "paths-ignore"));
    let is_of_tags = event == "push" && workflow.value["on"]["push"].get("branches").is_none();
    workflow.is_started_by(event) && !is_of_tags && (paths.is_empty() || matches(&paths)) && !matches(&ignored)
}

fn started(event: &str, file: &str) -> Vec<String> {
    let mut names: Vec<_> = workflows().into_iter().filter(|it| starts(it, event, file)).map(|it| it.name).collect();
    names.sort();
    names
}

/// Number of times that a push runs `hack/test`.
fn tests_of_a_push(workflows: &[Workflow], file: &str) -> usize {
    let started = workflows.iter().filter(|workflow| starts(workflow, "push", file));
    let jobs = started.flat_map(Workflow::jobs).map(|(_, job)| job);
    let runs =
        |job: &&Value| job["uses"] == "./.github/workflows/test.yaml" && job["if"] != "github.event_name != 'push'";
    jobs.filter(runs).count()
}

#[test]
fn a_commit_of_flux_starts_nothing_but_the_push_of_the_manifests() {
    assert_eq!(started("push", STAGING), ["manifests.yaml"]);
    assert_eq!(started("pull_request", PRODUCTION), ["ci.yaml"], "it has the required check");
    for file in [STAGING, PRODUCTION] {
        assert!(files().iter().any(|known| known == file), "{file}");
    }
}

#[test]
fn a_push_runs_the_tests_once_if_it_is_published_and_never_twice() {
    let (all, edge) = (workflows(), workflow("edge.yaml"));
    for file in files() {
        let runs = tests_of_a_push(&all, &file);
        assert_eq!(runs, usize::from(starts(&edge, "push", &file)), "{file}");
    }
    let twice = workflow("ci.yaml").with("    if: github.event_name != 'push'\n", "");
    assert_eq!(tests_of_a_push(&[edge, twice], "spin.toml"), 2, "only the condition prevents this");
}

#[test]
fn every_change_that_a_cluster_sees_starts_one() {
    let e2e = workflow("e2e.yaml");
    for file in ["component/src/lib.rs", "k8s/base/spin-app.yaml", "charts/mini-api/values.yaml", "hack/k8s/up"] {
        assert!(files().iter().any(|known| known == file) && starts(&e2e, "push", file), "{file}");
    }
    for file in ["README.md", "docs/deploy.md", "infra/terraform/bootstrap/main.tf"] {
        assert!(!starts(&e2e, "push", file), "{file}");
    }
}

/// A skipped job is a success for a branch rule, so only a push may have one.
#[test]
fn what_was_skipped_passes_for_a_push_alone() {
    let ci = workflow("ci.yaml");
    let script = ci.value["jobs"]["required"]["steps"][0]["run"].as_str().unwrap();
    let passes = |event: &str, results: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-e", "-c", script]).env("GITHUB_EVENT_NAME", event).env("RESULTS", results);
        bash.output().unwrap().status.success()
    };
    assert!(passes("pull_request", "success success") && passes("push", "skipped success"));
    for results in ["skipped success", "success failure", "success cancelled"] {
        assert!(!passes("pull_request", results) && !passes("merge_group", results), "{results}");
    }
    assert!(!passes("push", "skipped failure") && !passes("push", "cancelled success"));
}
