//! References of the objects of `k8s/flux` to each other and to the repository.

mod health;

use black_box::repository;
use serde_json::{Value, json};

use super::objects::{Objects, list, name, text};
use super::render;

const CLUSTERS: [&str; 2] = ["staging", "production"];

fn cluster(name: &str) -> &'static Objects {
    render::rendered(&format!("k8s/flux/clusters/{name}"))
}

/// The broken references and the missing fields of a cluster's objects.
fn broken(objects: &Objects) -> Vec<String> {
    let mut broken = Vec::new();
    for kustomization in objects.of("Kustomization") {
        let whose = name(kustomization);
        let path = text(kustomization, "/spec/path").trim_start_matches("./");
        if !repository::root().join(path).join("kustomization.yaml").exists() {
            broken.push(format!("{whose}: nothing to render in {path}"));
        }
        for needed in list(kustomization, "/spec/dependsOn") {
            if objects.find("Kustomization", text(needed, "/name")).is_none() {
                broken.push(format!("{whose} depends on {}, which is not there", needed["name"]));
            }
        }
        for field in ["interval", "timeout", "prune", "wait"] {
            if kustomization["spec"].get(field).is_none() {
                broken.push(format!("{whose} has no {field}"));
            }
        }
    }
    for object in objects.all() {
        for (pointer, kind) in [
            ("/spec/sourceRef", text(object, "/spec/sourceRef/kind")),
            ("/spec/imageRepositoryRef", "ImageRepository"),
            ("/spec/providerRef", "Provider"),
        ] {
            let Some(reference) = object.pointer(pointer) else { continue };
            if objects.find(kind, text(reference, "/name")).is_none() {
                broken.push(format!("{}: no {kind} {}", name(object), reference["name"]));
            }
        }
    }
    broken.extend(
        objects
            .of("OCIRepository")
            .filter(|source| source["spec"].get("verify").is_none())
            .map(|source| format!("{}: no verification", name(source))),
    );
    broken
}

#[test]
fn everything_that_is_named_is_there() {
    for name in CLUSTERS {
        assert_eq!(broken(cluster(name)), [""; 0], "{name}");
    }
}

#[test]
fn what_is_missing_is_told() {
    let mut objects = cluster("production").clone();
    objects.remove("Kustomization", "platform-configs");
    objects.get_mut("Kustomization", "mini-api")["spec"]["path"] = json!("./k8s/overlays/nowhere");
    objects.get_mut("ImagePolicy", "mini-api")["spec"]["imageRepositoryRef"]["name"] = json!("other");
    objects.get_mut("OCIRepository", "mini-api")["spec"].as_object_mut().unwrap().remove("verify");
    let told = broken(&objects).join("\n");
    for part in
        ["depends on \"platform-configs\"", "overlays/nowhere", "no ImageRepository \"other\"", "no verification"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}

/// Kustomization `mini-api` of a cluster, which applies the overlay.
fn application(cluster_name: &str) -> &'static Value {
    cluster(cluster_name).find("Kustomization", "mini-api").unwrap()
}

#[test]
fn each_cluster_applies_its_overlay_and_waits_for_the_application() {
    for cluster_name in CLUSTERS {
        let application = application(cluster_name);
        assert_eq!(text(application, "/spec/path"), format!("./k8s/overlays/{cluster_name}"));
        assert_eq!(application["spec"]["decryption"]["provider"], "sops", "secrets.env is encrypted");
        // A SpinApp has no condition Ready, so Flux would not wait for it without this check.
        let checks = list(application, "/spec/healthCheckExprs");
        let check = checks.iter().find(|check| check["kind"] == "SpinApp").unwrap();
        assert_eq!(check["apiVersion"], render::rendered("k8s/base").spin_app()["apiVersion"]);
    }
}

#[test]
fn versions_reach_the_overlay_of_their_cluster_and_production_by_a_branch() {
    for cluster_name in CLUSTERS {
        let automations: Vec<_> = cluster(cluster_name).of("ImageUpdateAutomation").collect();
        let [automation] = automations[..] else { panic!("{cluster_name}: {automations:?}") };
        assert_eq!(text(automation, "/spec/update/path"), format!("./k8s/overlays/{cluster_name}"));
        let checkout = text(automation, "/spec/git/checkout/ref/branch");
        let is_direct = text(automation, "/spec/git/push/branch") == checkout;
        assert_eq!(is_direct, cluster_name == "staging", "{cluster_name}");
    }
}
