//! The workflows that sign are those that Flux and the documentation trust.

use std::fs;

use black_box::repository::{self, Project};
use serde_json::Value;

use super::{DIRECTORY, Workflow, workflow};

/// The object with the identity whose manifests Flux applies.
fn source() -> Value {
    let text = fs::read_to_string(repository::root().join("k8s/flux/common/cluster.yaml")).unwrap();
    let objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    objects.into_iter().find(|object| object["kind"] == "OCIRepository").unwrap()
}

/// The properties of the workflow that do not match `source`.
fn broken(workflow: &Workflow, source: &Value) -> Vec<&'static str> {
    let repository = Project::read().repository();
    let identity = &source["spec"]["verify"]["matchOIDCIdentity"][0];
    let subject = format!("https://github.com/{repository}/{DIRECTORY}/{}@refs/heads/main", workflow.name);
    let signs: Vec<_> = workflow.jobs().map(|(_, job)| job).collect();
    let pushes = |text: &str| signs.iter().any(|job| job["steps"].to_string().contains(text));
    let is_signed_here = signs.iter().any(|job| job["permissions"]["id-token"] == "write");
    let mut steps = signs.iter().flat_map(|job| job["steps"].as_array().into_iter().flatten());
    let name = steps.find_map(|step| step["run"].as_str()?.split_once("MANIFESTS=")?.1.split('"').next());
    let target = name.unwrap_or_default().replace("${GITHUB_REPOSITORY,,}", &repository.to_lowercase());
    // A manual run may be on any branch.
    let is_of_main = |job: &&Value| job["if"] == "github.ref == 'refs/heads/main'";
    let checks = [
        ("subject", identity["subject"] == format!("(?i)^{}$", subject.replace('.', r"\."))),
        ("issuer", identity["issuer"] == r"^https://token\.actions\.githubusercontent\.com$"),
        (
            "branch",
            workflow.value["on"]["push"]["branches"] == serde_json::json!(["main"]) && signs.iter().all(is_of_main),
        ),
        // If another workflow called it, it would sign with its own name, but for the caller's ref.
        ("called", !workflow.is_started_by("workflow_call")),
        ("signs", is_signed_here),
        (
            "tag",
            source["spec"]["ref"]["tag"] == "main" && pushes("hack/release/push-manifests \\\"$MANIFESTS:main\\\""),
        ),
        ("repository", source["spec"]["url"] == format!("oci://{target}")),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(name, _)| name).collect()
}

#[test]
fn flux_trusts_the_workflow_that_pushes_manifests() {
    assert_eq!(broken(&workflow("manifests.yaml"), &source()), [""; 0]);
}

#[test]
fn another_signer_or_another_place_is_told() {
    let workflow = workflow("manifests.yaml");
    let mut renamed = workflow.clone();
    renamed.name = "flux.yaml".to_owned();
    assert_eq!(broken(&renamed, &source()), ["subject"]);
    assert_eq!(broken(&workflow.with("branches: [main]", "branches: ['**']"), &source()), ["branch"]);
    assert_eq!(broken(&workflow.with("    if: github.ref == 'refs/heads/main'\n", ""), &source()), ["branch"]);
    assert_eq!(broken(&workflow.with("      id-token: write", "      id-token: none"), &source()), ["signs"]);
    assert_eq!(broken(&workflow.with("$MANIFESTS:main", "$MANIFESTS:edge"), &source()), ["tag"]);
    assert_eq!(broken(&workflow.with("-manifests", "-k8s"), &source()), ["repository"]);
    let mut trusting = source();
    trusting["spec"]["verify"]["matchOIDCIdentity"][0]["subject"] = "^https://github\\.com/.*$".into();
    assert_eq!(broken(&workflow, &trusting), ["subject"]);
}

#[test]
fn the_commands_that_verify_name_the_workflows_that_sign() {
    let page = fs::read_to_string(repository::root().join("docs/releasing.md")).unwrap();
    let repository = Project::read().repository();
    let start = format!("https://github.com/{repository}/{DIRECTORY}/");
    let named: Vec<_> = page.split(&start).skip(1).map(|rest| rest.split(['@', '"', ' ']).next().unwrap()).collect();
    for name in ["manifests.yaml", "publish.yaml", "release.yaml"] {
        assert!(named.contains(&name), "{name}: {named:?}");
        assert!(
            workflow(name).text.contains("cosign sign") || workflow(name).text.contains("hack/release/push-manifests")
        );
    }
    assert!(named.iter().all(|name| workflow(name).text.contains("id-token: write")), "{named:?}");
}
