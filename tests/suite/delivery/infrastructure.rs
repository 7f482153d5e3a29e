//! `infra/terraform` matches the rest of the repository, which Terraform's linters cannot check.

mod rules;
mod subjects;
mod tree;

use rstest::rstest;

use rules::{
    backends, clusters, container, environments, exposure, kubernetes, labels, names_of_the_platform, passwords, pins,
    registries, secrets, settings, trust,
};
use tree::Tree;

/// Returns a message for each violation.
type Rule = fn(&Tree) -> Vec<String>;

const RULES: [Rule; 14] = [
    backends,
    clusters,
    container,
    environments,
    exposure,
    kubernetes,
    labels,
    names_of_the_platform,
    passwords,
    pins,
    registries,
    secrets,
    settings,
    trust,
];

#[test]
fn every_rule_is_kept() {
    let tree = Tree::load();
    let broken: Vec<_> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Each rule notices one change in a copy of the files.
#[rstest]
#[case(backends, "env/production/versions.tf", "encrypt      = true", "encrypt      = false")]
#[case(backends, "bootstrap/versions.tf", "use_lockfile = true", "")]
#[case(backends, "env/staging/versions.tf", "staging.tfstate", "production.tfstate")]
#[case(backends, "env/fargate/versions.tf", "backend \"s3\"", "backend \"local\"")]
#[case(clusters, "env/staging/main.tf", "\"staging\"", "\"test\"")]
#[case(clusters, "modules/flux/main.tf", "k8s/flux/clusters/${", "k8s/clusters/${")]
#[case(clusters, "modules/flux/main.tf", "k8s/flux/common/cluster.yaml", "k8s/flux/common/source.yaml")]
#[case(container, "modules/fargate/settings.tf", "1001:1001", "0")]
#[case(container, "modules/fargate/load_balancer.tf", "\"/health\"", "\"/healthz\"")]
#[case(container, "modules/fargate/service.tf", "readonlyRootFilesystem = true", "readonlyRootFilesystem = false")]
#[case(container, "modules/fargate/service.tf", "softLimit = 65535", "softLimit = 1024")]
#[case(environments, "env/staging/variables.tf", "variable \"nodes\"", "variable \"machines\"")]
#[case(environments, "env/production/terraform.tfvars", "single_nat_gateway = false", "")]
#[case(environments, "env/production/main.tf", "nodes              = var.nodes", "")]
#[case(exposure, "modules/fargate/load_balancer.tf", "\"/readiness\", ", "")]
#[case(exposure, "modules/fargate/load_balancer.tf", "\"404\"", "\"200\"")]
#[case(kubernetes, "env/production/terraform.tfvars", "\"1.36\"", "\"1.35\"")]
#[case(labels, "modules/cluster/main.tf", "labels = { spin = \"true\" }", "labels = { wasm = \"true\" }")]
#[case(labels, "modules/cluster/main.tf", "AL2023_x86_64_STANDARD", "BOTTLEROCKET_x86_64")]
#[case(names_of_the_platform, "modules/platform/gateway.tf", "{ name = \"eg\" }", "{ name = \"envoy\" }")]
#[case(names_of_the_platform, "modules/platform/monitoring.tf", "\"kube-prometheus-stack\"", "\"prometheus\"")]
#[case(
    passwords,
    "modules/fargate/database.tf",
    "ephemeral.aws_secretsmanager_secret_version.this",
    "ephemeral.random_password.this"
)]
#[case(passwords, "modules/fargate/cache.tf", "secret_string\n", "arn\n")]
#[case(
    passwords,
    "modules/fargate/secrets.tf",
    "aws_secretsmanager_secret_version.passwords[each.key].version_id",
    "null"
)]
#[case(pins, "modules/network/main.tf", "\"6.6.0\"", "\"~> 6.6\"")]
#[case(pins, "env/staging/versions.tf", "\"6.67.0\"", "\"6.66.0\"")]
#[case(registries, "modules/environment/main.tf", "mini-api-${var.environment}", "api-${var.environment}")]
#[case(secrets, "modules/fargate/database.tf", "password_wo ", "password ")]
#[case(secrets, "modules/fargate/cache.tf", "auth_token_wo ", "auth_token ")]
#[case(secrets, "modules/fargate/secrets.tf", "secret_string_wo ", "secret_string ")]
#[case(settings, "modules/fargate/settings.tf", "rate_limit ", "ratelimit ")]
#[case(settings, "modules/fargate/settings.tf", "\"false\"", "false")]
#[case(settings, "modules/fargate/settings.tf", "log_format ", "pgpassword ")]
#[case(settings, "modules/fargate/settings.tf", "aws_secretsmanager_secret.this[\"pgpassword\"].arn", "var.pgpassword")]
#[case(trust, "modules/pipeline/main.tf", "\"StringEquals\"", "\"StringLike\"")]
#[case(trust, "env/production/main.tf", "environment:release", "*")]
fn a_change_is_noticed(#[case] rule: Rule, #[case] file: &str, #[case] from: &str, #[case] to: &str) {
    let tree = Tree::load();
    let before = rule(&tree);
    assert!(rule(&tree.with(file, from, to)).len() > before.len(), "no rule notices {to:?} in {file}");
}
