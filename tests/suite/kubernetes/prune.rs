//! `hack/k8s/prune`, with a stand-in for `kubectl`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use black_box::repository;
use tempfile::TempDir;

/// Prints the test's objects, and records what to delete.
const KUBECTL: &str = r#"#!/bin/sh
case "$4" in
  configmaps,secrets) cat "$CLUSTER/generations" ;;
  spinapps,replicasets,pods) cat "$CLUSTER/used" ;;
  *) echo "$*" >>"$CLUSTER/deleted" ;;
esac
"#;
const GENERATIONS: &str = "configmap/mini-api-aaaaaaaaaa
configmap/mini-api-bbbbbbbbbb
configmap/mini-api-dashboard
secret/mini-api-cccccccccc
secret/mini-api-dddddddddd
";
const USED: &str = r#"{"items": [
{"kind": "SpinApp", "name": "mini-api-bbbbbbbbbb"},
{"kind": "ReplicaSet", "name": "mini-api-dddddddddd"}
]}"#;

fn prune(used: &str) -> (Output, String) {
    let cluster = TempDir::new().unwrap();
    let kubectl = cluster.path().join("kubectl");
    fs::write(&kubectl, KUBECTL).unwrap();
    fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).unwrap();
    for (file, text) in [("generations", GENERATIONS), ("used", used), ("deleted", "")] {
        fs::write(cluster.path().join(file), text).unwrap();
    }
    let path = format!("{}:{}", cluster.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(repository::root().join("hack/k8s/prune"));
    let output = command.arg("other").env("PATH", path).env("CLUSTER", cluster.path()).output().unwrap();
    (output, fs::read_to_string(cluster.path().join("deleted")).unwrap())
}

#[test]
fn only_generations_that_nothing_names_are_deleted() {
    let (output, deleted) = prune(USED);
    assert!(output.status.success(), "{output:?}");
    let expected = ["configmap/mini-api-aaaaaaaaaa", "secret/mini-api-cccccccccc"]
        .map(|name| format!("--namespace other delete {name}"));
    assert_eq!(deleted.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn nothing_is_deleted_where_there_is_no_application() {
    let (output, deleted) = prune(r#"{"items": []}"#);
    assert_eq!((output.status.code(), deleted.as_str()), (Some(1), ""), "{output:?}");
}
