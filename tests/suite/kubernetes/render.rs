//! Renders the directories of `k8s/` with the kustomize that `hack/tools/go` builds.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use black_box::repository;
use ignore::WalkBuilder;
use tempfile::TempDir;

use super::objects::Objects;

/// Components that need other components, and settings.
const BESIDE: [(&str, &[&str], &str); 2] =
    [("gateway-retries", &["gateway"], "TRUSTED_PROXIES=1"), ("jwt", &[], "JWT_JWKS_ORIGIN=https://issuer.example")];

/// A directory of `k8s/` and what kustomize makes of it.
pub(super) struct Rendering {
    /// From the repository's root.
    pub(super) directory: String,
    pub(super) objects: Objects,
}

static RENDERINGS: LazyLock<Vec<Rendering>> = LazyLock::new(|| {
    let copy = copy();
    let mut directories: Vec<String> = kustomizations(copy.path());
    directories.sort_unstable();
    let render = |directory: String| {
        let objects = Objects::parse(&render(copy.path(), &directory));
        Rendering { directory, objects }
    };
    directories.into_iter().map(render).collect()
});

/// Every directory of `k8s/` that has a kustomization. A component is rendered on top of the base.
pub(super) fn renderings() -> &'static [Rendering] {
    &RENDERINGS
}

/// The renderings that contain the application.
pub(super) fn applications() -> impl Iterator<Item = &'static Rendering> {
    renderings().iter().filter(|rendering| rendering.objects.of("SpinApp").next().is_some())
}

/// The rendered objects of a directory.
pub(super) fn rendered(directory: &str) -> &'static Objects {
    let found = renderings().iter().find(|rendering| rendering.directory == directory);
    &found.unwrap_or_else(|| panic!("no kustomization in {directory}")).objects
}

/// The program that `hack/tools/go` builds.
pub(super) fn tool(name: &str) -> Command {
    let path = repository::root().join("target/tools/go").join(name);
    assert!(path.exists(), "{name} is not built: run ./hack/tools/go");
    Command::new(path)
}

/// Returns the output of a command. Panics if it fails.
pub(super) fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn render(root: &Path, directory: &str) -> String {
    let target = match directory.strip_prefix("k8s/components/") {
        Some(component) => wrapped(root, component),
        None => directory.to_owned(),
    };
    printed(tool("kustomize").arg("build").arg(root.join(target)))
}

/// A kustomization of the base and one component.
fn wrapped(root: &Path, component: &str) -> String {
    let beside = BESIDE.iter().find(|(name, _, _)| *name == component);
    let mut text = "resources: [../../base]\ncomponents:\n".to_owned();
    for name in beside.iter().flat_map(|(_, needed, _)| needed.iter()).chain([&component]) {
        text += &format!("  - ../../components/{name}\n");
    }
    if let Some((_, _, setting)) = beside {
        text += &format!("configMapGenerator: [{{name: mini-api, behavior: merge, literals: ['{setting}']}}]\n");
    }
    let directory = format!("k8s/alone/{component}");
    fs::create_dir_all(root.join(&directory)).unwrap();
    fs::write(root.join(&directory).join("kustomization.yaml"), text).unwrap();
    directory
}

/// A copy of kustomize's input, with dummy secrets in every overlay.
fn copy() -> TempDir {
    let root = repository::root();
    let copy = tempfile::tempdir().unwrap();
    for top in ["k8s", "observability"] {
        for entry in WalkBuilder::new(root.join(top)).build().map(Result::unwrap) {
            let to = copy.path().join(entry.path().strip_prefix(&root).unwrap());
            if entry.path().is_dir() {
                fs::create_dir_all(to).unwrap();
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    let secrets: String = secret_names().iter().map(|name| format!("{name}=none\n")).collect();
    for overlay in fs::read_dir(copy.path().join("k8s/overlays")).unwrap().map(Result::unwrap) {
        if overlay.path().is_dir() {
            fs::write(overlay.path().join("secrets.env"), &secrets).unwrap();
        }
    }
    copy
}

/// The names of the secrets in the example.
fn secret_names() -> Vec<String> {
    let example = fs::read_to_string(repository::root().join("k8s/overlays/secrets.env.example")).unwrap();
    let lines = example.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect()
}

fn kustomizations(root: &Path) -> Vec<String> {
    let walk = WalkBuilder::new(root.join("k8s")).build().map(Result::unwrap);
    let found = walk.filter(|entry| entry.file_name() == "kustomization.yaml");
    let directory = |path: &Path| path.parent()?.strip_prefix(root).ok()?.to_str().map(str::to_owned);
    found.filter_map(|entry| directory(entry.path())).collect()
}

#[test]
fn everything_is_rendered() {
    let names: Vec<_> = renderings().iter().map(|rendering| rendering.directory.as_str()).collect();
    for part in ["k8s/base", "k8s/components/", "k8s/overlays/", "k8s/platform/", "k8s/flux/"] {
        assert!(names.iter().any(|name| name.starts_with(part)), "nothing of {part}: {names:?}");
    }
    for rendering in renderings() {
        assert!(!rendering.objects.all().is_empty(), "{} is empty", rendering.directory);
    }
}

#[test]
fn an_overlay_without_its_secrets_is_not_rendered() {
    let copy = copy();
    fs::remove_file(copy.path().join("k8s/overlays/production/secrets.env")).unwrap();
    let output = tool("kustomize").arg("build").arg(copy.path().join("k8s/overlays/production")).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("secrets.env"));
}
