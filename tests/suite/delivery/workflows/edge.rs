//! A push publishes a version for staging. The commit that deploys this version publishes nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use black_box::repository;
use serde_json::Value;
use tempfile::TempDir;

use super::names::{files, matcher};
use super::{Workflow, workflow};

/// Files that change the image, but do not start the workflow (`false`), or the reverse (`true`).
fn broken(edge: &Workflow, files: &[String]) -> Vec<(String, bool)> {
    let matcher = matcher(&edge.paths("push"));
    let mut broken = Vec::new();
    for file in files {
        let starts = matcher.matched_path_or_any_parents(file, false).is_ignore();
        let in_image = ["chassis/", "component/", "docs-ui/"].iter().any(|directory| file.starts_with(directory))
            || ["Cargo.lock", "Cargo.toml", "openapi.json", "spin.toml"].contains(&file.as_str());
        let is_means = file.starts_with(".github/") || file.starts_with("hack/");
        if in_image && !starts || starts && !in_image && !is_means {
            broken.push((file.clone(), starts));
        }
    }
    broken
}

#[test]
fn what_the_image_is_made_of_starts_it_and_what_flux_writes_does_not() {
    let edge = workflow("edge.yaml");
    let files = files();
    assert!(files.iter().any(|file| file == "k8s/overlays/staging/image.yaml"), "Flux writes here");
    assert_eq!(broken(&edge, &files), []);
    assert!(broken(&edge.with("- component/**", "- component/src/api.rs"), &files).len() > 10);
    let looping = broken(&edge.with("- spin.toml", "- spin.toml\n      - k8s/**"), &files);
    assert!(looping.contains(&("k8s/overlays/staging/image.yaml".to_owned(), true)));
}

/// Otherwise a pre-release of another branch would reach staging.
#[test]
fn edge_starts_by_a_push_or_by_hand_and_on_main_alone() {
    let edge = workflow("edge.yaml");
    // For a new repository whose first push came before its settings.
    for workflow in [&edge, &workflow("manifests.yaml")] {
        let events: Vec<_> = workflow.value["on"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(events, ["push", "workflow_dispatch"], "{}", workflow.name);
    }
    let jobs = &edge.value["jobs"];
    assert_eq!(jobs["version"]["if"], "github.ref == 'refs/heads/main'");
    assert_eq!(jobs["publish"]["needs"], serde_json::json!(["version", "test"]));
}

/// A repository of one commit at version 1.2.9.
fn repository_of_one_commit() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("Cargo.toml"), "[workspace.package]\nversion = \"1.2.9\"\n").unwrap();
    git(directory.path(), &["init", "--quiet"]);
    git(directory.path(), &["add", "."]);
    commit(directory.path());
    directory
}

fn commit(directory: &Path) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    git(directory, &[&who[..], &["commit", "--quiet", "--allow-empty", "--message=a"]].concat());
}

fn git(directory: &Path, arguments: &[&str]) {
    let status = Command::new("git").arg("-C").arg(directory).args(arguments).status().unwrap();
    assert!(status.success(), "git {arguments:?}");
}

fn edge_version(directory: &Path) -> Output {
    Command::new(repository::root().join("hack/release/edge-version")).arg(directory).output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Whether the version is in the range, according to the library that Flux and Helm use.
fn is_in_range(range: &str, version: &str) -> bool {
    helm_says("semverCompare", range, version)
}

/// Returns the result of a Helm template function for two texts.
fn helm_says(function: &str, first: &str, second: &str) -> bool {
    let chart = tempfile::tempdir().unwrap();
    fs::create_dir(chart.path().join("templates")).unwrap();
    fs::write(chart.path().join("Chart.yaml"), "{apiVersion: v2, name: a, version: 1.0.0}").unwrap();
    let template = format!("answer: {{{{ {function} .Values.first .Values.second }}}}\n");
    fs::write(chart.path().join("templates/a.yaml"), template).unwrap();
    let values = serde_json::json!({ "first": first, "second": second });
    fs::write(chart.path().join("values.yaml"), values.to_string()).unwrap();
    let helm = repository::root().join("target/tools/go/helm");
    assert!(helm.exists(), "helm is not built: run ./hack/tools/go");
    let mut command = Command::new(helm);
    command.arg("template").arg(chart.path());
    let output = printed(&command.output().unwrap());
    match output.lines().last() {
        Some("answer: true") => true,
        Some("answer: false") => false,
        other => panic!("{other:?}"),
    }
}

/// The range of a cluster's image policy.
fn range(path: &str) -> String {
    image_policy(path)["policy"]["semver"]["range"].as_str().unwrap().to_owned()
}

fn image_policy(path: &str) -> Value {
    let text = fs::read_to_string(repository::root().join(path)).unwrap();
    let objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    objects.iter().find(|object| object["kind"] == "ImagePolicy").unwrap()["spec"].clone()
}

/// A comment beside the pattern in use has the pattern for the other shim, as `docs/compatibility.md` has it.
#[test]
fn a_policy_takes_the_tags_of_one_shim_and_no_others() {
    let path = "k8s/flux/common/image-updates.yaml";
    let text = fs::read_to_string(repository::root().join(path)).unwrap();
    let newer = text.split('\'').find(|part| part.ends_with("wasi0\\.3$")).expect("the pattern of v0.26");
    let docs = fs::read_to_string(repository::root().join("docs/compatibility.md")).unwrap();
    assert!(docs.contains(newer), "{newer}");
    let current = image_policy(path)["filterTags"]["pattern"].as_str().unwrap().to_owned();
    for tag in ["1.2.3", "0.1.1-edge.42.g1a2b3c4", "2.0.0-rc.1"] {
        let suffixed = format!("{tag}-wasi0.3");
        for (pattern, tag, expected) in
            [(&*current, tag, true), (&current, &suffixed, false), (newer, tag, false), (newer, &suffixed, true)]
        {
            assert_eq!(helm_says("regexMatch", pattern, tag), expected, "{pattern}: {tag}");
        }
    }
}

#[test]
fn a_version_comes_after_the_last_release_and_before_the_next() {
    let directory = repository_of_one_commit();
    let first = printed(&edge_version(directory.path()));
    assert!(first.starts_with("1.2.10-edge.1.g"), "{first}");
    // By text, 10 would come before 9.
    (0..9).for_each(|_| commit(directory.path()));
    let tenth = printed(&edge_version(directory.path()));
    assert!(tenth.starts_with("1.2.10-edge.10.g"), "{tenth}");
    assert!(is_in_range(">1.2.9-0", &first) && is_in_range(">1.2.10-edge.9.gfffffff", &tenth));
    assert!(!is_in_range(">1.2.10-edge.10.gfffffff", &first));
    assert!(is_in_range("<1.2.10", "1.2.9") && is_in_range("<1.2.10-z", &tenth));
}

#[test]
fn staging_takes_it_and_production_does_not() {
    let version = printed(&edge_version(repository_of_one_commit().path()));
    assert!(is_in_range(&range("k8s/flux/clusters/staging/image-updates.yaml"), &version));
    assert!(!is_in_range(&range("k8s/flux/common/image-updates.yaml"), &version));
    assert!(is_in_range(&range("k8s/flux/common/image-updates.yaml"), "1.2.10"), "a release");
}

#[test]
fn a_clone_without_its_history_has_no_version() {
    let directory = repository_of_one_commit();
    commit(directory.path());
    let clone = tempfile::tempdir().unwrap();
    let from = format!("file://{}", directory.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth=1", &from, "."]);
    let output = edge_version(clone.path());
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    let checkout = workflow("edge.yaml").value["jobs"]["version"]["steps"][0].clone();
    assert_eq!(checkout["with"]["fetch-depth"], 0);
}
