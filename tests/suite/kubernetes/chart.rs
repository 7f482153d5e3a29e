//! The Helm chart renders the same objects as kustomize, apart from Helm's additions. So the two can't drift apart.

mod values;

use std::fs;
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use black_box::repository;
use rstest::rstest;
use serde_json::{Value, json};

use super::objects::{Objects, fields, name, text};
use super::render::{applications, printed, rendered, tool};
use super::schemas::report;

/// The arguments with which the chart renders the same as a directory of `k8s/`.
const SAME: [(&str, &[&str]); 14] = [
    ("k8s/base", &[]),
    ("k8s/components/gateway", &["--set=gateway.enabled=true"]),
    ("k8s/components/gateway-retries", &["--set=gateway.enabled=true", "--set=gateway.retries=true"]),
    ("k8s/components/graceful", &["--set=graceful.enabled=true"]),
    ("k8s/components/ingress", &["--set=ingress.enabled=true"]),
    (
        "k8s/components/jwt",
        &["--set=networkPolicies.issuer=true", "--set=settings.JWT_JWKS_ORIGIN=https://issuer.example"],
    ),
    ("k8s/components/keda", &["--set=keda.enabled=true"]),
    ("k8s/components/monitoring", &["--set=monitoring.enabled=true"]),
    ("k8s/components/postgres", &["--set=postgres.enabled=true"]),
    ("k8s/components/redis", &["--set=redis.enabled=true"]),
    ("k8s/components/spintainer", &["--set=spintainer.enabled=true"]),
    ("k8s/overlays/development", &["--values=charts/mini-api/ci/development-values.yaml", API_KEY, REDIS]),
    ("k8s/overlays/production", &["--values=charts/mini-api/ci/production-values.yaml", API_KEY, REDIS]),
    ("k8s/overlays/staging", &["--values=charts/mini-api/ci/staging-values.yaml", API_KEY, REDIS]),
];
/// The secrets with which the tests render the overlays.
const API_KEY: &str = "--set=secret.data.API_KEY=none";
const REDIS: &str = "--set=secret.data.REDIS_PASSWORD=none";

/// Annotations by which Flux and Helm keep old generations of settings and secrets.
const KEPT: [&str; 2] = ["kustomize.toolkit.fluxcd.io/prune", "helm.sh/resource-policy"];
/// Labels by which Helm's users find things; the base has the first two as well.
const LABELS: [&str; 2] = ["app.kubernetes.io/", "helm.sh/"];

#[test]
fn chart_and_kustomization_are_the_same() {
    let mut different = Vec::new();
    for (directory, arguments) in SAME {
        for difference in differences(rendered(directory), &template(arguments)) {
            different.push(format!("{directory}: {difference}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// While a rollout is stuck, an old pod that restarts needs the settings and the secret of its own generation.
#[test]
fn helm_keeps_settings_and_secrets_of_the_pods_that_run() {
    let objects = template(&[API_KEY]);
    for kind in ["ConfigMap", "Secret"] {
        let generated: Vec<_> = objects.of(kind).filter(|object| unhashed(name(object)).is_some()).collect();
        let [object] = generated[..] else { panic!("{kind}: {generated:?}") };
        assert_eq!(text(object, "/metadata/annotations/helm.sh~1resource-policy"), "keep", "{kind}");
    }
}

/// Packing the chart again in a later second makes the same bytes.
#[test]
fn a_commit_has_one_archive_of_the_chart() {
    let pack = || {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(repository::root().join("hack/release/chart"));
        command.arg(tool("helm").get_program()).arg(directory.path());
        fs::read(printed(&mut command).trim_end()).unwrap()
    };
    let first = pack();
    sleep(Duration::from_millis(1100));
    assert!(first == pack(), "two archives differ");
}

#[test]
fn only_files_of_the_commit_are_packed() {
    let (clone, packed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    printed(Command::new("git").args(["clone", "--quiet"]).arg(repository::root()).arg(clone.path()));
    fs::write(clone.path().join("charts/mini-api/.env"), "API_KEY=planted").unwrap();
    let mut chart = Command::new(clone.path().join("hack/release/chart"));
    let archive = printed(chart.arg(tool("helm").get_program()).arg(packed.path()));
    let files = printed(Command::new("tar").args(["--list", "--file", archive.trim_end()]));
    assert!(files.contains("mini-api/Chart.yaml") && files.contains("mini-api/files/rules/"), "{files}");
    assert!(!files.contains(".env"), "{files}");
}

#[test]
fn every_application_is_compared() {
    for rendering in applications() {
        assert!(SAME.iter().any(|(directory, _)| *directory == rendering.directory), "{}", rendering.directory);
    }
}

#[rstest]
#[case::a_value("--set=resources.limits.memory=1Gi", "SpinApp/mini-api")]
#[case::an_object_more("--set=ingress.enabled=true", "Ingress/mini-api")]
#[case::an_object_less("--set=autoscaling.enabled=false", "HorizontalPodAutoscaler/mini-api")]
#[case::a_setting("--set=settings.AUTH=none", "ConfigMap/mini-api-hash")]
fn a_difference_is_found(#[case] argument: &str, #[case] object: &str) {
    let found = differences(rendered("k8s/base"), &template(&[argument]));
    assert!(found.iter().any(|difference| difference.starts_with(object)), "{found:?}");
}

#[rstest]
#[case::of_an_unknown_setting("--set=settings.NO_SUCH=a", "NO_SUCH")]
#[case::of_an_unknown_value("--set=replica=1", "replica")]
#[case::without_a_version("--set=image.tag=latest", "image")]
#[case::of_more_pods_than_anybody_has("--set=replicas=1000000", "replicas")]
#[case::of_a_name_that_is_too_long(&format!("--set=fullnameOverride={}", "a".repeat(53)), "fullnameOverride")]
#[case::with_a_plain_secret("--set=secret.data.OTHER=1", "secret")]
fn a_chart_is_not_rendered(#[case] argument: &str, #[case] reason: &str) {
    let output = helm(&[argument]);
    assert!(!output.status.success(), "{argument}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(reason), "{said}");
}

#[test]
fn a_changed_secret_rolls_the_pods() {
    let secret = |argument| text(template(&[argument]).of("Secret").next().unwrap(), "/metadata/name").to_owned();
    assert_ne!(secret(API_KEY), secret("--set=secret.data.API_KEY=other"));
}

#[test]
fn helm_finds_nothing_to_complain_of() {
    for (_, arguments) in SAME {
        let mut command = tool("helm");
        command.args(["lint", "--strict", "--quiet", "charts/mini-api"]).args(arguments);
        printed(command.current_dir(repository::root()));
    }
}

#[test]
fn what_helm_test_makes_is_valid() {
    let objects = template(&[]);
    let hooks: Vec<&Value> = objects.all().iter().filter(|object| is_hook(object)).collect();
    assert!(hooks.iter().any(|hook| hook["kind"] == "Pod"), "{hooks:?}");
    let report = report(&hooks, None);
    assert_eq!((&report["invalid"], &report["skipped"]), (&json!([]), &json!([])), "{report:#}");
}

fn template(arguments: &[&str]) -> Objects {
    let output = helm(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Objects::parse(&String::from_utf8(output.stdout).unwrap())
}

fn helm(arguments: &[&str]) -> Output {
    release("mini-api", &[&["--namespace=mini-api"], arguments].concat())
}

fn release(name: &str, arguments: &[&str]) -> Output {
    let mut command = tool("helm");
    command.args(["template", name, "charts/mini-api"]);
    command.args(arguments).current_dir(repository::root()).output().unwrap()
}

fn differences(kustomize: &Objects, helm: &Objects) -> Vec<String> {
    let (kustomize, helm) = (comparable(kustomize), comparable(helm));
    let mut differences = Vec::new();
    for (id, object) in &kustomize {
        match helm.iter().find(|(other, _)| other == id) {
            None => differences.push(format!("{id} is missing in the chart")),
            Some((_, other)) if other != object => differences.push(format!("{id}:\n  {object}\n  {other}")),
            Some(_) => {}
        }
    }
    for (id, _) in helm.iter().filter(|(id, _)| !kustomize.iter().any(|(other, _)| other == id)) {
        differences.push(format!("{id} is in the chart only"));
    }
    differences
}

/// Normalized objects, by kind and name.
fn comparable(objects: &Objects) -> Vec<(String, Value)> {
    // Kustomize writes folded texts with one line break more than it has read.
    let mut text = serde_json::to_string(objects.all()).unwrap().replace(r"\n\n", r"\n");
    for object in objects.all() {
        if let Some(unhashed) = unhashed(name(object)) {
            text = text.replace(name(object), &unhashed);
        }
    }
    let objects: Vec<Value> = serde_json::from_str(&text).unwrap();
    let kept = objects.into_iter().filter(|object| !is_hook(object));
    kept.map(|mut object| {
        normalize(&mut object);
        (format!("{}/{}", self::text(&object, "/kind"), name(&object)), object)
    })
    .collect()
}

/// Whether Helm creates it only for a while, as for `helm test`.
fn is_hook(object: &Value) -> bool {
    object.pointer("/metadata/annotations/helm.sh~1hook").is_some()
}

fn normalize(object: &mut Value) {
    let labels: Vec<_> = fields(object, "/metadata/labels").iter().map(|(label, _)| (*label).to_owned()).collect();
    let metadata = object["metadata"].as_object_mut().unwrap();
    metadata.remove("namespace");
    if let Some(kept) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
        for label in labels.iter().filter(|label| LABELS.iter().any(|prefix| label.starts_with(prefix))) {
            kept.remove(label);
        }
        if kept.is_empty() {
            metadata.remove("labels");
        }
    }
    // Each tool has its own annotation to keep old generations.
    if let Some(kept) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        KEPT.iter().for_each(|annotation| drop(kept.remove(*annotation)));
        if kept.is_empty() {
            metadata.remove("annotations");
        }
    }
    // Without generated data, the field is missing, null, or empty.
    if object.get("data").is_some_and(|data| data.is_null() || data.as_object().is_some_and(serde_json::Map::is_empty))
    {
        object.as_object_mut().unwrap().remove("data");
    }
    // Flux writes the version into a cluster's overlay. Other tests compare the versions of the base and the chart.
    let is_application = object["kind"] == "SpinApp";
    if let Some(Value::String(image)) = object.pointer_mut("/spec/image").filter(|_| is_application) {
        let name = image.rfind('/').map_or(0, |slash| slash + 1);
        let length = image[name..].find([':', '@']).map_or(image.len(), |end| name + end);
        image.truncate(length);
    }
    if let Some(variables) = object.pointer_mut("/spec/variables").and_then(Value::as_array_mut) {
        variables.sort_by_key(|variable| text(variable, "/name").to_owned());
    }
}

/// Replaces the hash at the end of a name by `hash`. Returns `None` for a name without a hash.
fn unhashed(name: &str) -> Option<String> {
    let (stem, hash) = name.rsplit_once('-')?;
    let is_hash = hash.len() == 10 && stem == "mini-api" && hash.chars().all(|c| c.is_ascii_alphanumeric());
    is_hash.then(|| format!("{stem}-hash"))
}
