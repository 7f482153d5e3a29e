//! The paths of the API that are exposed to the internet.

use std::collections::BTreeSet;

use black_box::{description, internal};
use serde_json::{Value, json};

use super::super::objects::{Objects, list, name, text};
use super::{Fixture, Policy};

pub(super) const POLICIES: &[Policy] = &[
    Policy {
        name: "a route hides what is internal, and nothing else",
        broken: routes,
        fixtures: &[
            Fixture { change: |objects| _ = internal_matches(objects).remove(0), says: "Exact /metrics" },
            Fixture { change: |objects| _ = internal_matches(objects).remove(1), says: "Exact /readiness" },
            Fixture {
                change: |objects| internal_matches(objects)[1]["path"]["type"] = json!("PathPrefix"),
                says: "PathPrefix /readiness",
            },
            Fixture {
                change: |objects| {
                    let rules = &mut objects.get_mut("HTTPRoute", "mini-api")["spec"]["rules"];
                    rules[0]["filters"][0]["urlRewrite"]["path"]["replaceFullPath"] = json!("/health");
                },
                says: "hides nothing",
            },
        ],
    },
    Policy {
        name: "an ingress hides what is internal, and nothing else",
        broken: ingresses,
        fixtures: &[
            Fixture { change: |objects| objects.add(ingress("/not-found", &["/metrics"])), says: "Exact /readiness" },
            Fixture {
                change: |objects| objects.add(ingress("/health", &["/metrics", "/readiness"])),
                says: "hides nothing",
            },
            Fixture {
                change: |objects| objects.add(ingress("/not-found", &["/metrics", "/readiness", "/things"])),
                says: "Exact /things",
            },
        ],
    },
    Policy {
        name: "a client that reads slowly holds no instance",
        broken: patient,
        fixtures: &[
            Fixture {
                change: |objects| {
                    let rules = &mut objects.get_mut("HTTPRoute", "mini-api")["spec"]["rules"];
                    rules[1].as_object_mut().expect("a rule").remove("timeouts");
                },
                says: "the rule reads of mini-api has no timeout",
            },
            Fixture { change: |objects| objects.add(ingress("", &[])), says: "fixture buffers no answer" },
        ],
    },
];

/// Routes on which a client that does not read holds an instance. Spin has no timeout for that on Kubernetes.
fn patient(objects: &Objects) -> Vec<String> {
    let mut found = Vec::new();
    for route in objects.of("HTTPRoute") {
        for rule in list(route, "/spec/rules").iter().filter(|rule| !list(rule, "/backendRefs").is_empty()) {
            if text(rule, "/timeouts/request").is_empty() {
                found.push(format!("the rule {} of {} has no timeout", text(rule, "/name"), name(route)));
            }
        }
    }
    let exposing = objects.of("Ingress").filter(|ingress| text(ingress, REWRITE).is_empty());
    for ingress in exposing.filter(|ingress| text(ingress, BUFFERING) != "on") {
        found.push(format!("{} buffers no answer", name(ingress)));
    }
    found
}

/// Annotations of an Ingress.
const REWRITE: &str = "/metadata/annotations/nginx.ingress.kubernetes.io~1rewrite-target";
const BUFFERING: &str = "/metadata/annotations/nginx.ingress.kubernetes.io~1proxy-buffering";

/// The type and the value of each hidden path.
type Hidden = BTreeSet<String>;

fn routes(objects: &Objects) -> Vec<String> {
    let exposing = objects.of("HTTPRoute").filter(|route| !list(route, "/spec/rules/0/backendRefs").is_empty());
    let hidden = |route: &Value| {
        let rules = list(route, "/spec/rules").iter();
        let rewriting = rules.filter_map(|rule| Some((rule, rule.pointer("/filters/0/urlRewrite/path")?)));
        rewriting
            .filter(|(_, path)| is_no_route(text(path, "/replaceFullPath")))
            .flat_map(|(rule, _)| list(rule, "/matches"))
            .map(|matched| format!("{} {}", text(matched, "/path/type"), text(matched, "/path/value")))
            .collect()
    };
    exposing.flat_map(|route| differences("PathPrefix", name(route), &hidden(route))).collect()
}

fn ingresses(objects: &Objects) -> Vec<String> {
    if objects.of("Ingress").next().is_none() {
        return Vec::new();
    }
    let rewriting = objects.of("Ingress").filter(|ingress| is_no_route(text(ingress, REWRITE)));
    let hidden = rewriting
        .flat_map(|ingress| list(ingress, "/spec/rules/0/http/paths"))
        .map(|path| format!("{} {}", text(path, "/pathType"), text(path, "/path")))
        .collect();
    differences("Prefix", "the Ingress", &hidden)
}

/// Whether the API answers a path with its 404.
fn is_no_route(path: &str) -> bool {
    path.starts_with('/') && !description::operations().iter().any(|operation| operation.template == path)
}

/// Compares the hidden paths with the harness's list. `prefix` is the gateway's word for a prefix.
fn differences(prefix: &str, gateway: &str, hidden: &Hidden) -> Vec<String> {
    let mut expected: Hidden = internal::PATHS.iter().map(|path| format!("Exact {path}")).collect();
    expected.insert(format!("{prefix} {}", internal::PREFIX));
    if hidden.is_empty() {
        return vec![format!("{gateway} hides nothing")];
    }
    let different = hidden.symmetric_difference(&expected);
    different.map(|path| format!("{gateway} hides {path}, or should")).collect()
}

/// The matches of the rule that hides paths, to change them.
fn internal_matches(objects: &mut Objects) -> &mut Vec<Value> {
    let rules = &mut objects.get_mut("HTTPRoute", "mini-api")["spec"]["rules"];
    rules[0]["matches"].as_array_mut().expect("matches")
}

/// An Ingress that forwards these paths and Spin's as `target`.
fn ingress(target: &str, paths: &[&str]) -> Value {
    let exact = paths.iter().map(|path| json!({"path": path, "pathType": "Exact"}));
    let paths: Vec<_> = exact.chain([json!({"path": internal::PREFIX, "pathType": "Prefix"})]).collect();
    json!({
        "kind": "Ingress",
        "metadata": {"name": "fixture", "annotations": {"nginx.ingress.kubernetes.io/rewrite-target": target}},
        "spec": {"rules": [{"http": {"paths": paths}}]},
    })
}
