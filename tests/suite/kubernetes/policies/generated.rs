//! References to the objects that operator v0.6.1 creates for a SpinApp: a Deployment and a Service of the same
//! name.

use serde_json::{Value, json};

use super::super::objects::{Objects, fields, list, name, selects, text};
use super::{Fixture, Policy};

/// The only port of the only container. The Service's port has no name.
const PORT: u64 = 80;
const PORT_NAME: &str = "http-app";

pub(super) const POLICIES: &[Policy] = &[
    Policy {
        name: "selectors find the pods that the operator makes",
        broken: lost_selectors,
        fixtures: &[
            Fixture {
                change: |objects| {
                    let policy = objects.get_mut("NetworkPolicy", "mini-api-to-dns");
                    policy["spec"]["podSelector"]["matchLabels"] = json!({"core.spinkube.dev/app": "mini-api"});
                },
                says: "NetworkPolicy mini-api-to-dns",
            },
            Fixture {
                change: |objects| {
                    objects.get_mut("PodMonitor", "mini-api")["spec"]["selector"]["matchLabels"] =
                        json!({"core.spinkube.dev/app-name": "api"});
                },
                says: "PodMonitor mini-api",
            },
            // The operator does not give the SpinApp's own labels to pods.
            Fixture {
                change: |objects| {
                    let labels =
                        json!({"core.spinkube.dev/app-name": "mini-api", "app.kubernetes.io/name": "mini-api"});
                    objects.get_mut("PodDisruptionBudget", "mini-api")["spec"]["selector"]["matchLabels"] = labels;
                },
                says: "PodDisruptionBudget mini-api",
            },
        ],
    },
    Policy {
        name: "ports are those that the operator opens",
        broken: closed_ports,
        fixtures: &[
            Fixture {
                change: |objects| {
                    let monitor = objects.get_mut("PodMonitor", "mini-api");
                    monitor["spec"]["podMetricsEndpoints"][0]["port"] = json!("http");
                },
                says: "PodMonitor mini-api",
            },
            Fixture {
                change: |objects| {
                    let policy = objects.get_mut("NetworkPolicy", "mini-api-from-gateway");
                    policy["spec"]["ingress"][0]["ports"][0]["port"] = json!(3000);
                },
                says: "NetworkPolicy mini-api-from-gateway",
            },
        ],
    },
    Policy {
        name: "routes lead to a Service that is there",
        broken: lost_routes,
        fixtures: &[
            Fixture {
                change: |objects| {
                    let route = objects.get_mut("HTTPRoute", "mini-api");
                    route["spec"]["rules"][1]["backendRefs"][0]["port"] = json!(8080);
                },
                says: "HTTPRoute mini-api: mini-api:8080",
            },
            Fixture {
                change: |objects| {
                    objects.add(json!({
                        "kind": "Ingress",
                        "metadata": {"name": "other"},
                        "spec": {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "api", "port": {"number": 80}}}}]}}]},
                    }));
                },
                says: "Ingress other: api:80",
            },
        ],
    },
];

/// The labels of the pods.
pub(in crate::kubernetes) fn labels(app: &Value) -> Vec<(String, String)> {
    let name = name(app);
    let own = [
        ("core.spinkube.dev/app-name".to_owned(), name.to_owned()),
        (format!("core.spinkube.dev/app.{name}.status"), "ready".to_owned()),
    ];
    let more = fields(app, "/spec/podLabels").into_iter();
    own.into_iter().chain(more.map(|(key, value)| (key.to_owned(), value.as_str().unwrap().to_owned()))).collect()
}

/// Whether a policy selects the application's pods in particular, and not all pods.
pub(super) fn is_of_application(policy: &Value, app: &Value) -> bool {
    let selector = &policy["spec"]["podSelector"];
    !fields(selector, "/matchLabels").is_empty() && selects(selector, &labels(app))
}

fn lost_selectors(objects: &Objects) -> Vec<String> {
    let labels = labels(objects.spin_app());
    let mut broken = Vec::new();
    for object in objects.all() {
        let mut found = Vec::new();
        selectors(object, &mut found);
        for selector in found.into_iter().filter(|selector| !selects(selector, &labels)) {
            broken.push(format!("{} {}: {}", text(object, "/kind"), name(object), selector["matchLabels"]));
        }
    }
    broken
}

/// Every selector of the value that names a label of the operator's.
fn selectors<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    if fields(value, "/matchLabels").iter().any(|(label, _)| label.starts_with("core.spinkube.dev/")) {
        found.push(value);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| selectors(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| selectors(field, found)),
        _ => {}
    }
}

fn closed_ports(objects: &Objects) -> Vec<String> {
    let is_open = |port: &Value| port == PORT || port == PORT_NAME;
    let mut broken = Vec::new();
    for policy in objects.of("NetworkPolicy").filter(|policy| is_of_application(policy, objects.spin_app())) {
        let rules = list(policy, "/spec/ingress").iter();
        let ports = rules.flat_map(|rule| list(rule, "/ports")).map(|port| &port["port"]);
        broken
            .extend(ports.filter(|port| !is_open(port)).map(|port| format!("NetworkPolicy {}: {port}", name(policy))));
    }
    for monitor in objects.of("PodMonitor") {
        let endpoints = list(monitor, "/spec/podMetricsEndpoints").iter();
        let ports = endpoints.map(|endpoint| &endpoint["port"]).filter(|port| *port != PORT_NAME);
        broken.extend(ports.map(|port| format!("PodMonitor {}: {port}", name(monitor))));
    }
    broken
}

fn lost_routes(objects: &Objects) -> Vec<String> {
    let mut broken = Vec::new();
    for (route, service, port) in backends(objects) {
        let is_generated = service == name(objects.spin_app()) && *port == PORT;
        let is_rendered = objects
            .find("Service", service)
            .is_some_and(|service| list(service, "/spec/ports").iter().any(|own| own["port"] == *port));
        if !is_generated && !is_rendered {
            broken.push(format!("{} {}: {service}:{port}", text(route, "/kind"), name(route)));
        }
    }
    broken
}

/// The backends of routes: the route, the Service's name, its port.
fn backends(objects: &Objects) -> Vec<(&Value, &str, &Value)> {
    let mut backends = Vec::new();
    for route in objects.of("HTTPRoute") {
        let references = list(route, "/spec/rules").iter().flat_map(|rule| list(rule, "/backendRefs"));
        backends.extend(references.map(|backend| (route, text(backend, "/name"), &backend["port"])));
    }
    for ingress in objects.of("Ingress") {
        let paths = list(ingress, "/spec/rules").iter().flat_map(|rule| list(rule, "/http/paths"));
        let services = paths.map(|path| &path["backend"]["service"]);
        backends.extend(services.map(|service| (ingress, text(service, "/name"), &service["port"]["number"])));
    }
    backends
}
