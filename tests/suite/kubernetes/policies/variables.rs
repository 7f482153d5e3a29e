//! The application's variables, as `spin.toml` declares them and the shim reads them.

use std::collections::BTreeSet;

use black_box::repository;
use serde_json::{Value, json};
use toml::Table;

use super::super::objects::{Objects, fields, is_hashed, list, name, text};
use super::{Fixture, Policy};

/// The ends of the names of Secrets that an operator creates for its `Cluster`.
const MADE_BY_CLUSTER: [&str; 2] = ["-app", "-ca"];

/// The variables that select the data and its readers.
const SELECTION: [&str; 8] = ["app_env", "auth", "database", "pghost", "pgport", "pguser", "pgdatabase", "pgsslmode"];

const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";

pub(super) const POLICIES: &[Policy] = &[
    Policy {
        name: "variables are those of spin.toml",
        broken: unknown_or_twice,
        fixtures: &[
            Fixture {
                change: |objects| add(objects, json!({"name": "api_keys", "value": "x"})),
                says: "api_keys is not in spin.toml",
            },
            Fixture {
                change: |objects| add(objects, json!({"name": "log_level", "value": "info"})),
                says: "log_level is there twice",
            },
        ],
    },
    Policy {
        name: "secrets come from Secrets",
        broken: plain_secrets,
        fixtures: &[Fixture {
            change: |objects| {
                variables_of(objects)[0] = json!({"name": "api_key", "value": "x"});
            },
            says: "api_key is no secret",
        }],
    },
    Policy {
        name: "what a variable is taken from is there",
        broken: dangling,
        fixtures: &[
            Fixture {
                change: |objects| {
                    let values = objects.data_mut("ConfigMap");
                    values.insert("LOGLEVEL".to_owned(), json!("info"));
                },
                says: "LOGLEVEL is read by no variable",
            },
            Fixture {
                change: |objects| {
                    let values = objects.data_mut("Secret");
                    values.remove("API_KEY");
                },
                says: "api_key: no API_KEY",
            },
            // As if kustomize did not know the reference, and left the name without its hash.
            Fixture {
                change: |objects| {
                    variables_of(objects)[0]["valueFrom"]["secretKeyRef"]["name"] = json!("mini-api");
                },
                says: "api_key: no Secret mini-api",
            },
        ],
    },
    Policy {
        name: "a pod without what selects its data does not start",
        broken: optional_selection,
        fixtures: &[Fixture {
            change: |objects| {
                let found = variables_of(objects).iter_mut().find(|variable| variable["name"] == "pghost");
                found.unwrap()["valueFrom"]["configMapKeyRef"]["optional"] = json!(true);
            },
            says: "pghost is optional",
        }],
    },
    Policy {
        name: "settings and secrets stay for the pods that run with them",
        broken: pruned_generations,
        fixtures: &[Fixture {
            change: |objects| {
                let name = objects.of("ConfigMap").find(|map| is_hashed(map)).map(|map| name(map).to_owned()).unwrap();
                objects.get_mut("ConfigMap", &name)["metadata"]["annotations"] = json!({});
            },
            says: "ConfigMap mini-api-",
        }],
    },
    Policy {
        name: "no variable has a name that Kubernetes gives to a container",
        broken: service_links,
        fixtures: &[Fixture {
            change: |objects| {
                objects.add(json!({"kind": "Service", "metadata": {"name": "pgport"}, "spec": {}}));
                add(objects, json!({"name": "pgport_service_host", "value": "x"}));
            },
            says: "pgport_service_host",
        }],
    },
    Policy {
        name: "a database of the pod's own is for one pod",
        broken: split_database,
        fixtures: &[Fixture {
            change: |objects| objects.data_mut("ConfigMap")["DATABASE"] = json!("persistent-sqlite"),
            says: "persistent-sqlite and more than one pod",
        }],
    },
];

/// The value of a variable as the pod gets it, or its default. Values of Secrets are not shown.
pub(super) fn value(objects: &Objects, variable: &str) -> String {
    let found = list(objects.spin_app(), "/spec/variables").iter().find(|entry| entry["name"] == variable);
    let reference = found.map(|entry| &entry["valueFrom"]["configMapKeyRef"]);
    let map = reference.and_then(|reference| objects.find("ConfigMap", text(reference, "/name")));
    let key = reference.map(|reference| text(reference, "/key")).unwrap_or_default();
    let set = map.and_then(|map| map["data"][key].as_str());
    set.map_or_else(|| default(variable).unwrap_or_default(), str::to_owned)
}

fn declared() -> Table {
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    manifest["variables"].as_table().unwrap().clone()
}

fn default(variable: &str) -> Option<String> {
    declared().get(variable)?.get("default")?.as_str().map(str::to_owned)
}

fn names(objects: &Objects) -> Vec<&str> {
    list(objects.spin_app(), "/spec/variables").iter().map(|variable| text(variable, "/name")).collect()
}

fn unknown_or_twice(objects: &Objects) -> Vec<String> {
    let declared = declared();
    let mut broken = Vec::new();
    let mut known = BTreeSet::new();
    for name in names(objects) {
        if !declared.contains_key(name) {
            broken.push(format!("{name} is not in spin.toml"));
        }
        if !known.insert(name) {
            broken.push(format!("{name} is there twice"));
        }
    }
    broken
}

fn plain_secrets(objects: &Objects) -> Vec<String> {
    let declared = declared();
    let is_secret = |name: &str| declared.get(name).is_some_and(|variable| variable.get("secret").is_some());
    let variables = list(objects.spin_app(), "/spec/variables").iter();
    let plain = variables
        .filter(|variable| is_secret(text(variable, "/name")) && variable.pointer("/valueFrom/secretKeyRef").is_none());
    plain.map(|variable| format!("{} is no secret here", text(variable, "/name"))).collect()
}

fn dangling(objects: &Objects) -> Vec<String> {
    let mut broken = Vec::new();
    let mut read = BTreeSet::new();
    for variable in list(objects.spin_app(), "/spec/variables") {
        for (kind, field) in [("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")] {
            let Some(reference) = variable["valueFrom"].get(field) else { continue };
            let (source, key) = (text(reference, "/name"), text(reference, "/key"));
            read.insert((kind, key));
            let is_foreign = MADE_BY_CLUSTER
                .iter()
                .any(|end| source.strip_suffix(end).is_some_and(|cluster| objects.find("Cluster", cluster).is_some()));
            let whose = text(variable, "/name");
            let Some(found) = objects.find(kind, source) else {
                if !is_foreign {
                    broken.push(format!("{whose}: no {kind} {source}"));
                }
                continue;
            };
            // The base and the components have no secrets. An overlay adds them.
            let is_filled = !fields(found, "/data").is_empty();
            if is_filled && found["data"].get(key).is_none() && reference["optional"] != true {
                broken.push(format!("{whose}: no {key} in {source}"));
            }
        }
    }
    let maps = objects.of("ConfigMap").filter(|map| is_hashed(map));
    let settings = maps.flat_map(|map| fields(map, "/data")).map(|(key, _)| key);
    broken.extend(
        settings.filter(|key| !read.contains(&("ConfigMap", *key))).map(|key| format!("{key} is read by no variable")),
    );
    broken
}

/// The shim reads a container's variable as the application's if it has the same name in upper case.
fn service_links(objects: &Objects) -> Vec<String> {
    let own = name(objects.spin_app()).to_owned();
    let clusters =
        objects.of("Cluster").flat_map(|cluster| ["-rw", "-ro", "-r"].map(|end| format!("{}{end}", name(cluster))));
    let services = objects.of("Service").map(|service| name(service).to_owned()).chain(clusters).chain([own]);
    let mut broken = Vec::new();
    for service in services {
        let prefix = service.replace('-', "_");
        let ends = ["_port", "_service_host", "_service_port"];
        let links = ends.map(|end| format!("{prefix}{end}"));
        let is_link =
            |name: &str| links.iter().any(|link| name == link) || name.starts_with(&format!("{prefix}_port_"));
        broken.extend(
            names(objects).into_iter().filter(|name| is_link(name)).map(|name| format!("{name}: Service {service}")),
        );
    }
    broken
}

fn split_database(objects: &Objects) -> Vec<String> {
    // An overlay sets the database. The base and the components leave it open.
    let is_overlay = fields(objects.spin_app(), "/metadata").iter().any(|(field, _)| *field == "namespace");
    let is_one = objects.spin_app()["spec"]["replicas"] == 1;
    let database = value(objects, "database");
    let is_split = is_overlay && database.ends_with("sqlite") && !is_one;
    if is_split { vec![format!("{database} and more than one pod")] } else { Vec::new() }
}

/// Without a ConfigMap that a setting needs, a container does not start. With defaults, it would serve other data.
fn optional_selection(objects: &Objects) -> Vec<String> {
    let variables = list(objects.spin_app(), "/spec/variables");
    let problem = |name: &&str| match variables.iter().find(|variable| variable["name"] == **name) {
        None => Some(format!("{name} is missing")),
        Some(variable) if variable["valueFrom"]["configMapKeyRef"]["optional"] == true => {
            Some(format!("{name} is optional"))
        }
        Some(_) => None,
    };
    SELECTION.iter().filter_map(problem).collect()
}

/// Flux prunes objects that a new rendering lacks, but pods of the old one may still have to restart.
fn pruned_generations(objects: &Objects) -> Vec<String> {
    let generated = ["ConfigMap", "Secret"].into_iter().flat_map(|kind| objects.of(kind)).filter(|map| is_hashed(map));
    let pruned = generated.filter(|map| map["metadata"]["annotations"][PRUNE] != "disabled");
    pruned.map(|map| format!("{} {} is pruned", text(map, "/kind"), name(map))).collect()
}

fn add(objects: &mut Objects, variable: Value) {
    variables_of(objects).push(variable);
}

fn variables_of(objects: &mut Objects) -> &mut Vec<Value> {
    objects.get_mut("SpinApp", "mini-api")["spec"]["variables"].as_array_mut().unwrap()
}
