//! The RuntimeClass. Its handler depends on how the shim is installed, and is immutable. So either exactly one file or
//! runtime-class-manager creates it.

use serde_json::{Value, json};

use super::objects::{Objects, list, name, text};
use super::render;

/// Ways to install the shim, and containerd's name for the runtime in each.
const VARIANTS: [(&str, &str); 2] = [("managed", "spin-v2"), ("preinstalled", "spin")];

/// The RuntimeClasses that the objects create, with their handlers.
fn owners(objects: &Objects) -> Vec<(&str, &str)> {
    let classes = objects.of("RuntimeClass").map(|class| (name(class), text(class, "/handler")));
    let shims = objects.of("Shim").map(|shim| &shim["spec"]["runtimeClass"]);
    classes.chain(shims.map(|class| (text(class, "/name"), text(class, "/handler")))).collect()
}

#[test]
fn each_variant_of_the_platform_has_one_owner() {
    for (variant, handler) in VARIANTS {
        let objects = render::rendered(&format!("k8s/platform/configs/{variant}"));
        // The other executor runs Spin in an ordinary container.
        let classes = objects.of("SpinAppExecutor").map(|executor| &executor["spec"]["deploymentConfig"]);
        let classes: Vec<&Value> = classes.filter_map(|config| config.get("runtimeClassName")).collect();
        let [class] = classes[..] else { panic!("{variant}: {classes:?}") };
        let class = class.as_str().unwrap();
        assert_eq!(owners(objects), [(class, handler)], "{variant}");
    }
}

#[test]
fn nobody_else_makes_one() {
    let platform = VARIANTS.map(|(variant, _)| format!("k8s/platform/configs/{variant}"));
    for rendering in render::renderings().iter().filter(|rendering| !platform.contains(&rendering.directory)) {
        assert_eq!(owners(&rendering.objects), [], "{}", rendering.directory);
    }
}

#[test]
fn a_second_owner_would_be_found() {
    let mut objects = render::rendered("k8s/platform/configs/managed").clone();
    objects.add(json!({"kind": "RuntimeClass", "metadata": {"name": "wasmtime-spin-v2"}, "handler": "spin"}));
    assert_eq!(owners(&objects).len(), 2);
}

#[test]
fn the_shim_is_installed_where_its_manager_looks() {
    let objects = render::rendered("k8s/platform/configs/managed");
    let shim = objects.of("Shim").next().unwrap();
    for platform in list(shim, "/spec/fetchStrategy/platforms") {
        assert_eq!(text(platform, "/sha256").len(), 64, "{platform}");
        assert!(text(platform, "/location").contains("/v0.25.1/"), "older shims don't run Spin 4: {platform}");
    }
}
