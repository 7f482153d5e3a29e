//! Objects outside of the application's namespace.

use serde_json::{Value, json};

use super::objects::{Objects, list, name, selects, text};
use super::policies::labels;
use super::render;

/// The rendered kinds that have no namespace.
const OF_CLUSTER: [&str; 7] = [
    "ClusterIssuer",
    "CustomResourceDefinition",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "Namespace",
    "RuntimeClass",
    "Shim",
];
const GRACEFUL: &str = "k8s/components/graceful";

/// Objects of an overlay that need permissions outside of the application's namespace.
fn outside(objects: &Objects) -> Vec<String> {
    let namespace = text(objects.spin_app(), "/metadata/namespace");
    let is_outside = |object: &&Value| {
        OF_CLUSTER.contains(&text(object, "/kind")) || text(object, "/metadata/namespace") != namespace
    };
    let found = objects.all().iter().filter(is_outside);
    found.map(|object| format!("{} {}", text(object, "/kind"), name(object))).collect()
}

#[test]
fn overlays_stay_within_the_namespace_of_the_platform() {
    let platform = render::rendered("k8s/platform/configs/common");
    let namespaces: Vec<&str> = platform.of("Namespace").map(name).collect();
    for rendering in render::applications().filter(|rendering| rendering.directory.starts_with("k8s/overlays/")) {
        assert_eq!(outside(&rendering.objects), [""; 0], "{}", rendering.directory);
        assert_eq!(namespaces, [text(rendering.objects.spin_app(), "/metadata/namespace")]);
    }
}

#[test]
fn what_is_outside_is_told() {
    let mut objects = render::rendered("k8s/overlays/production").clone();
    for object in render::rendered(GRACEFUL).of("MutatingAdmissionPolicy") {
        objects.add(object.clone());
    }
    objects.get_mut("Service", "mini-api-redis")["metadata"]["namespace"] = "other".into();
    assert_eq!(outside(&objects), ["Service mini-api-redis", "MutatingAdmissionPolicy mini-api-pods"]);
}

/// The policy changes the one container of the application's pods, in the application's namespace.
#[test]
fn the_policy_is_for_the_applications_pods() {
    let objects = render::rendered(GRACEFUL);
    let policy = objects.find("MutatingAdmissionPolicy", "mini-api-pods").unwrap();
    let app = objects.spin_app();
    assert!(selects(&policy["spec"]["matchConstraints"]["objectSelector"], &labels(app)));
    let rules = list(policy, "/spec/matchConstraints/resourceRules");
    assert!(rules.iter().all(|rule| rule["resources"] == json!(["pods"])), "{rules:?}");
    let binding = objects.find("MutatingAdmissionPolicyBinding", "mini-api-pods").unwrap();
    assert_eq!(text(binding, "/spec/policyName"), name(policy));
    let namespace = render::rendered("k8s/platform/configs/common").of("Namespace").next().unwrap();
    let label = ("kubernetes.io/metadata.name".to_owned(), name(namespace).to_owned());
    assert!(selects(&binding["spec"]["matchResources"]["namespaceSelector"], &[label]));
}
