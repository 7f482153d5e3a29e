//! Validates all rendered objects with the schemas of Kubernetes and of the custom resources.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use black_box::repository;
use serde_json::{Value, json};

use super::render;

/// Default of `CRD_DIR`: a directory of CRDs beside the repository.
const CRDS: &str = "../shared/crds";

#[test]
fn everything_is_valid() {
    let objects: Vec<&Value> = render::renderings().iter().flat_map(|rendering| rendering.objects.all()).collect();
    let crds = crds();
    let report = report(&objects, crds.as_ref());
    assert!(report["checked"].as_u64() > Some(100), "{report}");
    assert_eq!(report["invalid"], json!([]), "{report:#}");
    let skipped = report["skipped"].as_array().unwrap();
    let why = crds.map_or_else(|| format!("there is no {CRDS}; see CRD_DIR"), |_| "there is no CRD".to_owned());
    // Not by println, whose output is hidden if the test passes.
    writeln!(io::stderr(), "kubernetes::schemas: skipped, because {why}: {skipped:?}").unwrap();
}

#[test]
fn what_does_not_fit_a_schema_is_told() {
    let mut objects = render::rendered("k8s/overlays/production").clone();
    objects.get_mut("PodDisruptionBudget", "mini-api")["spec"]["maxUnavailble"] = json!(1);
    objects.get_mut("SpinApp", "mini-api")["spec"]["replicas"] = json!("three");
    objects.get_mut("Cluster", "mini-api-postgres")["spec"]["instance"] = json!(3);
    let objects: Vec<&Value> = objects.all().iter().collect();
    let crds = crds();
    let invalid = report(&objects, crds.as_ref())["invalid"].to_string();
    assert!(invalid.contains("maxUnavailble"), "{invalid}");
    if crds.is_some() {
        assert!(invalid.contains("'three' is not of type 'integer'"), "{invalid}");
        assert!(invalid.contains("'instance' was unexpected"), "{invalid}");
    }
}

fn crds() -> Option<PathBuf> {
    let set = env::var_os("CRD_DIR").filter(|value| !value.is_empty());
    let directory = repository::root().join(set.clone().map_or_else(|| CRDS.into(), PathBuf::from));
    assert!(set.is_none() || directory.is_dir(), "CRD_DIR is no directory: {}", directory.display());
    directory.is_dir().then_some(directory)
}

/// The report of `tests/tools/kubernetes_schemas.py`.
pub(super) fn report(objects: &[&Value], crds: Option<&PathBuf>) -> Value {
    let root = repository::root();
    let python = root.join("target/tools/python/bin/python");
    assert!(python.exists(), "Python's tools are not installed: run ./hack/tools/python");
    let mut command = Command::new(python);
    command.arg(root.join("tests/tools/kubernetes_schemas.py")).args(crds);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&serde_json::to_vec(objects).unwrap()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}
