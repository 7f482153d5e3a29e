//! The contents of the artifact.

use std::fs;

use black_box::{Registry, digest, repository};
use serde_json::{Map, Value, json};

use super::checkout::Checkout;
use super::{push, push_profile, runner, spin};

const COMMITTED: &str = "2026-01-02T03:04:05+02:00";
const WASM: &str = "application/vnd.wasm.content.layer.v1+wasm";

#[tokio::test]
async fn what_is_pulled_is_what_was_built() {
    let (registry, checkout) = (Registry::shared(), Checkout::of(COMMITTED));
    let reference = registry.new_reference();
    let pushed = push(&checkout, &repository::program(), &reference);

    let (manifest, digest_of_manifest) = registry.manifest(&reference).await;
    assert_eq!(digest_of_manifest, pushed);
    let layers = manifest["layers"].as_array().unwrap();
    let types: Vec<_> = layers.iter().map(|layer| layer["mediaType"].as_str().unwrap()).collect();
    assert_eq!(types, [WASM, WASM, "application/vnd.fermyon.spin.application.v1+config"]);
    for (layer, file) in layers.iter().zip(["api.wasm", "docs_ui.wasm"]) {
        let built = fs::read(repository::root().join("target/wasm32-wasip2/release").join(file)).unwrap();
        let pulled = registry.blob(&reference, layer).await;
        assert!(pulled == built, "{file}: {} bytes are not the {} that were built", pulled.len(), built.len());
    }
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.image.config.v1+json");
    let mut config: Value = serde_json::from_slice(&registry.blob(&reference, &manifest["config"]).await).unwrap();
    // Spin 4.1 writes `Wasip1`.
    config["os"] = config["os"].as_str().unwrap().to_ascii_lowercase().into();
    let locked = registry.blob(&reference, &layers[2]).await;
    let expected = json!({
        "architecture": "wasm",
        "os": "wasip1",
        "config": { "Labels": { "com.fermyon.spin.lockedAppDigest": digest(&locked) } },
        "rootfs": { "type": "layers", "diff_ids": [] },
    });
    assert_eq!(config, expected);
    let project = repository::Project::read();
    let application = &repository::read_toml(&repository::root().join("spin.toml"))["application"];
    let expected = json!({
        "org.opencontainers.image.created": "2026-01-02T01:04:05Z",
        "org.opencontainers.image.description": application["description"].as_str(),
        "org.opencontainers.image.revision": checkout.git(&["rev-parse", "HEAD"]),
        "org.opencontainers.image.source": format!("https://github.com/{}", project.repository()),
        "org.opencontainers.image.title": project.name,
        // The tag, because an edge version is not the manifest's version.
        "org.opencontainers.image.version": "test",
    });
    assert_eq!(manifest["annotations"], expected);
}

#[tokio::test]
async fn a_profile_pushes_its_own_components_and_is_named() {
    let (registry, checkout) = (Registry::shared(), Checkout::of(COMMITTED));
    let directory = checkout.path().join("target/wasm32-wasip2");
    fs::create_dir_all(directory.join("spin-4-0")).unwrap();
    // Swaps the components, so that each differs from the one that is pushed without a profile.
    for (from, to) in [("docs_ui.wasm", "api.wasm"), ("api.wasm", "docs_ui.wasm")] {
        fs::copy(directory.join("release").join(from), directory.join("spin-4-0").join(to)).unwrap();
    }
    let reference = registry.new_reference();
    push_profile(&checkout, &repository::program(), Some("spin-4-0"), &reference);
    let (manifest, _) = registry.manifest(&reference).await;
    let layers = manifest["layers"].as_array().unwrap();
    for (layer, file) in layers.iter().zip(["api.wasm", "docs_ui.wasm"]) {
        assert_eq!(layer["digest"], digest(&fs::read(directory.join("spin-4-0").join(file)).unwrap()));
    }
    let locked: Value = serde_json::from_slice(&registry.blob(&reference, &layers[2]).await).unwrap();
    assert_eq!(locked["metadata"]["profile"], "spin-4-0");
}

#[tokio::test]
async fn the_locked_application_agrees_with_the_manifest() {
    let (registry, checkout) = (Registry::shared(), Checkout::of(COMMITTED));
    let reference = registry.new_reference();
    push(&checkout, &repository::program(), &reference);
    let (artifact, _) = registry.manifest(&reference).await;
    let layers = artifact["layers"].as_array().unwrap();
    let locked: Value = serde_json::from_slice(&registry.blob(&reference, &layers[2]).await).unwrap();

    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    let manifest = serde_json::to_value(manifest).unwrap();
    assert_eq!(locked["variables"], manifest["variables"]);
    assert!(locked["variables"]["api_key"]["secret"] == true, "{locked:#}");

    let triggers: Vec<&Value> = locked["triggers"].as_array().unwrap().iter().collect();
    let configs: Vec<_> = triggers.iter().map(|trigger| trigger["trigger_config"].clone()).collect();
    assert_eq!(Value::from(configs), manifest["trigger"]["http"]);
    assert!(triggers.iter().all(|trigger| trigger["trigger_type"] == "http"), "{triggers:?}");

    let components = locked["components"].as_array().unwrap();
    let declared = manifest["component"].as_object().unwrap();
    assert_eq!(components.len(), declared.len());
    for (component, layer) in components.iter().zip(layers) {
        let declared = &declared[component["id"].as_str().unwrap()];
        assert_eq!(component["source"], json!({ "content_type": "application/wasm", "digest": layer["digest"] }));
        assert_eq!(component["config"], declared["variables"]);
        assert_eq!(component["metadata"], metadata(declared));
    }
}

/// The metadata in a component's table, without empty lists.
fn metadata(declared: &Value) -> Value {
    let names = [
        ("allowed_outbound_hosts", "allowed_outbound_hosts"),
        ("key_value_stores", "key_value_stores"),
        ("sqlite_databases", "databases"),
        ("build", "build"),
    ];
    let present = names.iter().filter(|(key, _)| declared.get(key).is_some_and(|value| *value != json!([])));
    Value::Object(present.map(|(key, name)| ((*name).to_owned(), declared[key].clone())).collect::<Map<_, _>>())
}

#[tokio::test]
async fn a_commit_has_one_digest() {
    let (registry, checkout) = (Registry::shared(), Checkout::of(COMMITTED));
    let program = repository::program();
    let push = || push(&checkout, &program, &registry.new_reference());
    let first = push();
    assert_eq!(push(), first);

    fs::write(checkout.path().join("new"), "not committed").unwrap();
    let dirty = registry.new_reference();
    assert_ne!(super::push(&checkout, &program, &dirty), first);
    let (manifest, _) = registry.manifest(&dirty).await;
    let revision = format!("{}-dirty", checkout.git(&["rev-parse", "HEAD"]));
    assert_eq!(manifest["annotations"]["org.opencontainers.image.revision"], revision);
    fs::remove_file(checkout.path().join("new")).unwrap();
    assert_eq!(push(), first);

    checkout.commit("2026-01-03T00:00:00Z");
    assert_ne!(push(), first, "another commit");
}

/// The digest covers the manifest, the configuration and the layers. Spin 4.1 writes another configuration, so the test
/// needs Spin 4.0.
#[tokio::test]
async fn the_runner_and_spin_push_the_same() {
    let Some(spin) = spin().filter(|_| repository::profile() == Some("spin-4-0")) else { return };
    let (registry, checkout) = (Registry::shared(), Checkout::of(COMMITTED));
    let [by_spin, by_runner] = [spin, runner()].map(|program| {
        let reference = registry.new_reference();
        (push(&checkout, &program, &reference), reference)
    });
    let (spins, _) = registry.manifest(&by_spin.1).await;
    let (runners, _) = registry.manifest(&by_runner.1).await;
    assert_eq!(runners, spins);
    assert_eq!(by_runner.0, by_spin.0);
}
