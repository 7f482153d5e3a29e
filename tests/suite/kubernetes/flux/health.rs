//! When Flux considers the application healthy: its Kustomization's expressions, applied to the operator's statuses.

use cel::{Context, Program, Value as Result};
use rstest::rstest;
use serde_json::{Value, json};

use super::{application, list, text};

const BEFORE: &str = "2026-01-01T10:00:00Z";
const SPEC: &str = "2026-01-01T10:00:01Z";
const AFTER: &str = "2026-01-01T10:00:02Z";

/// The conditions of a Deployment: those after a rollout, during one, and when it takes too long.
const DONE: [&str; 2] = ["True", "NewReplicaSetAvailable"];
const ROLLING: [&str; 2] = ["True", "ReplicaSetUpdated"];
const STUCK: [&str; 2] = ["False", "ProgressDeadlineExceeded"];

/// A SpinApp whose spec Flux applied at [`SPEC`].
fn spin_app(status_at: &str, [status, reason]: [&str; 2]) -> Value {
    json!({
        "metadata": {"managedFields": [
            {"manager": "kustomize-controller", "time": SPEC, "fieldsV1": {"f:metadata": {}, "f:spec": {}}},
            {"manager": "spin-operator", "subresource": "status", "time": status_at, "fieldsV1": {"f:status": {}}},
        ]},
        // Replicas of the previous version are available during a rollout, and when it is stuck.
        "status": {"conditions": [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
            {"type": "Progressing", "status": status, "reason": reason},
        ]},
    })
}

fn holds(expression: &str, object: &Value) -> bool {
    let mut context = Context::default();
    for (name, value) in object.as_object().unwrap() {
        context.add_variable(name.as_str(), value.clone()).unwrap();
    }
    match Program::compile(expression).unwrap().execute(&context) {
        Ok(Result::Bool(holds)) => holds,
        other => panic!("{expression}: {other:?}"),
    }
}

/// Evaluates the expressions in the order in which Flux does.
fn health(object: &Value) -> &'static str {
    let check = &list(application("production"), "/spec/healthCheckExprs")[0];
    let states = [("/inProgress", "in progress"), ("/failed", "failed"), ("/current", "current")];
    let found = states.into_iter().find(|(pointer, _)| holds(text(check, pointer), object));
    found.map_or("in progress", |(_, state)| state)
}

#[rstest]
#[case::of_the_version_before(BEFORE, DONE, "in progress")]
#[case::of_a_failed_version_before(BEFORE, STUCK, "in progress")]
#[case::during_the_rollout(AFTER, ROLLING, "in progress")]
#[case::after_the_rollout(AFTER, DONE, "current")]
#[case::within_the_same_second(SPEC, DONE, "current")]
#[case::too_long_after_the_rollout(AFTER, STUCK, "failed")]
fn a_status_counts_if_it_is_newer_than_the_spec(
    #[case] status_at: &str,
    #[case] progressing: [&str; 2],
    #[case] expected: &str,
) {
    assert_eq!(health(&spin_app(status_at, progressing)), expected);
}

#[test]
fn nothing_is_known_before_the_first_status() {
    assert_eq!(health(&json!({"metadata": {}, "status": {}})), "in progress");
}

/// The operator writes no status for such a change, so Flux must not wait for one.
#[test]
fn a_label_that_somebody_else_sets_changes_nothing() {
    let mut app = spin_app(SPEC, DONE);
    let label = json!({"manager": "kubectl-label", "time": AFTER, "fieldsV1": {"f:metadata": {"f:labels": {}}}});
    app["metadata"]["managedFields"].as_array_mut().unwrap().push(label);
    assert_eq!(health(&app), "current");
}
