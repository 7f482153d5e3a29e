//! The repository names that `modules/pipeline` accepts, as OpenTofu validates them.

use std::fs;
use std::process::Command;

use black_box::repository;
use rstest::rstest;

/// Whether the module's variables accept the name.
fn is_taken(github_repository: &str) -> bool {
    let tofu = repository::root().join("target/tools/go/tofu");
    assert!(tofu.exists(), "tofu is not built: run ./hack/tools/go");
    let directory = tempfile::tempdir().unwrap();
    // Without the resources, whose provider is not installed.
    let variables = repository::root().join("infra/terraform/modules/pipeline/variables.tf");
    fs::copy(variables, directory.path().join("variables.tf")).unwrap();
    let mut command = Command::new(tofu);
    command.current_dir(directory.path()).args(["plan", "-no-color", "-input=false"]);
    for (name, value) in [
        ("name", "a"),
        ("registry_arn", "a"),
        ("github_subject", "environment:edge"),
        ("github_repository", github_repository),
    ] {
        command.env(format!("TF_VAR_{name}"), value);
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let is_refused = stderr.contains("Invalid value for variable");
    assert!(output.status.success() != is_refused, "{stderr}");
    !is_refused
}

#[rstest]
#[case("Owner-1/name.of_it-2")]
#[case("Owner-1@123456/name.of_it-2@456789")]
fn a_repository_is_taken_by_name_and_with_its_ids(#[case] repository: &str) {
    assert!(is_taken(repository));
}

#[rstest]
#[case("*/name")]
#[case("owner/*")]
#[case("owner@*/name@*")]
#[case("owner@1/name")]
#[case("owner/name@2")]
#[case("owner@/name@")]
#[case("owner@1/name@2:ref")]
#[case("owner")]
fn what_is_no_single_repository_is_refused(#[case] repository: &str) {
    assert!(!is_taken(repository));
}
