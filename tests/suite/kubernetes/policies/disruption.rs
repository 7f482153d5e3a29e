//! Pods during drains of nodes and changes of load.

use serde_json::{Value, json};

use super::super::objects::{Objects, selects};
use super::generated::labels;
use super::{Fixture, Policy};

pub(super) const POLICIES: &[Policy] = &[
    Policy {
        name: "a node can be drained, whatever the autoscaler has chosen",
        broken: undrainable,
        fixtures: &[
            Fixture {
                change: |objects| {
                    objects.get_mut("PodDisruptionBudget", "mini-api")["spec"]["maxUnavailable"] = json!(0);
                },
                says: "no pod of 3 may go",
            },
            Fixture {
                change: |objects| {
                    let spec = &mut objects.get_mut("PodDisruptionBudget", "mini-api")["spec"];
                    spec.as_object_mut().unwrap().remove("maxUnavailable");
                    spec["minAvailable"] = json!(3);
                },
                says: "no pod of 3 may go",
            },
            Fixture { change: |objects| objects.remove("PodDisruptionBudget", "mini-api"), says: "no budget" },
            Fixture {
                change: |objects| {
                    let spec = &mut objects.get_mut("PodDisruptionBudget", "mini-api")["spec"];
                    spec["selector"]["matchLabels"] = json!({"app": "mini-api"});
                },
                says: "no budget",
            },
        ],
    },
    Policy {
        name: "the maximum of pods is not below the minimum",
        broken: upside_down,
        fixtures: &[Fixture {
            change: |objects| objects.get_mut("HorizontalPodAutoscaler", "mini-api")["spec"]["maxReplicas"] = json!(2),
            says: "3 to 2",
        }],
    },
];

/// The minimum and the maximum number of pods.
fn bounds(objects: &Objects) -> (u64, u64) {
    let number = |value: &Value, default| value.as_u64().unwrap_or(default);
    if let Some(scaler) = objects.of("HorizontalPodAutoscaler").next() {
        return (number(&scaler["spec"]["minReplicas"], 1), number(&scaler["spec"]["maxReplicas"], 0));
    }
    if let Some(scaler) = objects.of("ScaledObject").next() {
        return (number(&scaler["spec"]["minReplicaCount"], 0), number(&scaler["spec"]["maxReplicaCount"], 100));
    }
    let replicas = number(&objects.spin_app()["spec"]["replicas"], 1);
    (replicas, replicas)
}

fn undrainable(objects: &Objects) -> Vec<String> {
    let (least, _) = bounds(objects);
    let labels = labels(objects.spin_app());
    let ours: Vec<&Value> =
        objects.of("PodDisruptionBudget").filter(|budget| selects(&budget["spec"]["selector"], &labels)).collect();
    if ours.len() != 1 {
        return vec![if ours.is_empty() {
            "no budget".to_owned()
        } else {
            "two budgets stop every eviction".to_owned()
        }];
    }
    let spec = &ours[0]["spec"];
    let may_go = match (spec["maxUnavailable"].as_u64(), spec["minAvailable"].as_u64()) {
        (Some(most), None) => most.min(least),
        (None, Some(stay)) => least.saturating_sub(stay),
        _ => return vec![format!("not understood: {spec}")],
    };
    if may_go == 0 { vec![format!("no pod of {least} may go")] } else { Vec::new() }
}

fn upside_down(objects: &Objects) -> Vec<String> {
    let (least, most) = bounds(objects);
    if least > most || least == 0 { vec![format!("{least} to {most}")] } else { Vec::new() }
}

#[test]
fn production_has_3_to_20_pods() {
    let objects = super::render::rendered(super::GOOD);
    assert_eq!(bounds(objects), (3, 20));
}
