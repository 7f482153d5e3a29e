//! The SpinApp itself, as operator v0.6.1 accepts it.

use serde_json::{Value, json};

use super::super::objects::{Objects, bytes, list, name, text};
use super::super::render;
use super::{Fixture, Policy};

/// The operator makes the label `core.spinkube.dev/app.<name>.status`, of which 63 characters may follow
/// the slash.
const LONGEST_NAME: usize = 52;

pub(super) const POLICIES: &[Policy] = &[
    Policy {
        name: "probes have httpHeaders, or the webhook refuses the SpinApp",
        broken: without_headers,
        fixtures: &[
            Fixture {
                change: |objects| {
                    let probe = &mut objects.get_mut("SpinApp", "mini-api")["spec"]["checks"]["liveness"]["httpGet"];
                    probe.as_object_mut().unwrap().remove("httpHeaders");
                },
                says: "liveness has no httpHeaders",
            },
            Fixture {
                change: |objects| {
                    let checks = &mut objects.get_mut("SpinApp", "mini-api")["spec"]["checks"];
                    checks.as_object_mut().unwrap().remove("readiness");
                },
                says: "readiness requests ",
            },
        ],
    },
    Policy {
        name: "the autoscaler alone sets the number of pods",
        broken: scaled_twice,
        fixtures: &[
            Fixture {
                change: |objects| objects.get_mut("SpinApp", "mini-api")["spec"]["replicas"] = json!(3),
                says: "replicas with enableAutoscaling",
            },
            Fixture { change: |objects| objects.remove("HorizontalPodAutoscaler", "mini-api"), says: "0 autoscalers" },
            Fixture {
                change: |objects| {
                    let scaler = objects.get_mut("HorizontalPodAutoscaler", "mini-api");
                    scaler["spec"]["scaleTargetRef"]["kind"] = json!("SpinApp");
                },
                says: "scales SpinApp",
            },
            Fixture {
                change: |objects| objects.get_mut("SpinApp", "mini-api")["spec"]["resources"]["requests"] = json!({}),
                says: "no request of CPU",
            },
        ],
    },
    Policy {
        name: "the name fits into a label",
        broken: long_name,
        fixtures: &[Fixture {
            change: |objects| {
                objects.get_mut("SpinApp", "mini-api")["metadata"]["name"] = json!("m".repeat(LONGEST_NAME + 1));
            },
            says: "53 characters",
        }],
    },
    Policy {
        name: "the executor is one of the platform's, in the same namespace",
        broken: without_executor,
        fixtures: &[
            Fixture {
                change: |objects| objects.get_mut("SpinApp", "mini-api")["spec"]["executor"] = json!(""),
                says: "no executor \"\"",
            },
            Fixture {
                change: |objects| objects.get_mut("SpinApp", "mini-api")["metadata"]["namespace"] = json!("other"),
                says: "in other",
            },
            // The operator's webhook refuses a SpinApp before it knows the executor of the same apply.
            Fixture {
                change: |objects| {
                    let platform = render::rendered("k8s/platform/configs/common");
                    let mut executor = platform.of("SpinAppExecutor").next().unwrap().clone();
                    executor["metadata"]["name"] = json!("own");
                    objects.add(executor);
                    objects.get_mut("SpinApp", "mini-api")["spec"]["executor"] = json!("own");
                },
                says: "no executor \"own\"",
            },
        ],
    },
    Policy {
        name: "without the shim, SQLite has a file, on a volume",
        broken: without_file,
        fixtures: &[
            Fixture {
                change: |objects| objects.get_mut("SpinApp", "mini-api")["spec"]["executor"] = json!("spintainer"),
                says: "each connection has a database of its own",
            },
            Fixture {
                change: |objects| {
                    let options = json!([{"name": "path", "value": "/elsewhere/sqlite_db.db"}]);
                    let databases = json!([{"name": "default", "type": "spin", "options": options}]);
                    let spec = &mut objects.get_mut("SpinApp", "mini-api")["spec"];
                    spec["executor"] = json!("spintainer");
                    spec["runtimeConfig"] = json!({"sqliteDatabases": databases});
                    spec["volumeMounts"] = json!([{"name": "state", "mountPath": "/state"}]);
                },
                says: "/elsewhere is not mounted",
            },
        ],
    },
    Policy {
        name: "an instance may have less memory than its pod",
        broken: unlimited,
        fixtures: &[
            Fixture {
                change: |objects| {
                    objects.get_mut("SpinApp", "mini-api")["spec"]["invocationLimits"]["memory"] = json!("1Gi");
                },
                says: "1Gi an instance",
            },
            Fixture {
                change: |objects| objects.get_mut("SpinApp", "mini-api")["spec"]["invocationLimits"] = json!({}),
                says: "no limit",
            },
        ],
    },
];

fn without_headers(objects: &Objects) -> Vec<String> {
    let mut broken = Vec::new();
    for (probe, path) in [("liveness", "/health"), ("readiness", "/readiness")] {
        let get = &objects.spin_app()["spec"]["checks"][probe]["httpGet"];
        if !get["httpHeaders"].is_array() {
            broken.push(format!("{probe} has no httpHeaders"));
        }
        if text(get, "/path") != path {
            broken.push(format!("{probe} requests {}", get["path"]));
        }
    }
    broken
}

fn scaled_twice(objects: &Objects) -> Vec<String> {
    let app = objects.spin_app();
    let scalers: Vec<&Value> =
        ["HorizontalPodAutoscaler", "ScaledObject"].map(|kind| objects.of(kind)).into_iter().flatten().collect();
    let mut broken = Vec::new();
    if app["spec"]["enableAutoscaling"] != json!(true) {
        if app["spec"]["replicas"].as_u64().unwrap_or_default() == 0 || !scalers.is_empty() {
            broken.push(format!("replicas {} with {} autoscalers", app["spec"]["replicas"], scalers.len()));
        }
        return broken;
    }
    if app["spec"].get("replicas").is_some() {
        broken.push("replicas with enableAutoscaling".to_owned());
    }
    if scalers.len() != 1 {
        broken.push(format!("{} autoscalers", scalers.len()));
    }
    for scaler in scalers {
        let target = &scaler["spec"]["scaleTargetRef"];
        if target["kind"] != "Deployment" || target["apiVersion"] != "apps/v1" || text(target, "/name") != name(app) {
            broken.push(format!("{} scales {} {}", name(scaler), text(target, "/kind"), text(target, "/name")));
        }
    }
    if text(app, "/spec/resources/requests/cpu").is_empty() {
        broken.push("no request of CPU, which the autoscaler needs".to_owned());
    }
    broken
}

fn long_name(objects: &Objects) -> Vec<String> {
    let length = name(objects.spin_app()).len();
    if length > LONGEST_NAME { vec![format!("{length} characters")] } else { Vec::new() }
}

fn without_executor(objects: &Objects) -> Vec<String> {
    let app = objects.spin_app();
    let wanted = text(app, "/spec/executor");
    let platform = render::rendered("k8s/platform/configs/common");
    let executors = platform.of("SpinAppExecutor");
    // Without an overlay, objects have no namespace yet.
    let is_beside = |executor: &&Value| {
        let (own, other) = (text(app, "/metadata/namespace"), text(executor, "/metadata/namespace"));
        own.is_empty() || own == other
    };
    let is_there = executors.filter(is_beside).any(|executor| name(executor) == wanted);
    if is_there { Vec::new() } else { vec![format!("no executor {wanted:?} in {}", text(app, "/metadata/namespace"))] }
}

/// `spin up` of an image in a registry has no state directory. The metrics and the limiter need the file as well.
fn without_file(objects: &Objects) -> Vec<String> {
    let app = objects.spin_app();
    if text(app, "/spec/executor") != "spintainer" {
        return Vec::new();
    }
    let databases = list(app, "/spec/runtimeConfig/sqliteDatabases");
    let default = databases.iter().find(|database| name_of(database) == "default");
    let options = default.map_or(&[][..], |database| list(database, "/options"));
    let Some(path) = options.iter().find(|option| name_of(option) == "path") else {
        return vec!["each connection has a database of its own".to_owned()];
    };
    let (directory, _) = text(path, "/value").rsplit_once('/').unwrap_or_default();
    let is_mounted = list(app, "/spec/volumeMounts").iter().any(|mount| text(mount, "/mountPath") == directory);
    if is_mounted { Vec::new() } else { vec![format!("{directory} is not mounted")] }
}

fn name_of(entry: &Value) -> &str {
    text(entry, "/name")
}

fn unlimited(objects: &Objects) -> Vec<String> {
    let instance = text(objects.spin_app(), "/spec/invocationLimits/memory");
    let pod = text(objects.spin_app(), "/spec/resources/limits/memory");
    if instance.is_empty() || pod.is_empty() {
        return vec!["no limit of memory".to_owned()];
    }
    // Room for a second instance, so that a full one does not end the pod.
    let is_room = 2 * bytes(instance) <= bytes(pod);
    if is_room { Vec::new() } else { vec![format!("{instance} an instance, {pod} a pod")] }
}
