//! The places that contain the version.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use black_box::repository;
use ignore::WalkBuilder;
use serde_json::Value;

/// The end of an image's name, in any registry.
const IMAGE: &str = "/mini-api:";
/// Flux writes the overlays. The tests name images that do not exist.
const NOT_THE_VERSION: [&str; 2] = ["k8s/overlays/", "tests/"];

/// Returns each place in a tree, with its version.
pub(super) fn versions(root: &Path) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    let mut add = |place: &str, version: &str| versions.insert(place.to_owned(), version.to_owned());
    let toml = |file: &str| repository::read_toml(&root.join(file));
    add("Cargo.toml", toml("Cargo.toml")["workspace"]["package"]["version"].as_str().unwrap());
    add("spin.toml", toml("spin.toml")["application"]["version"].as_str().unwrap());
    for (lock, least) in [("Cargo.lock", 5), ("fuzz/Cargo.lock", 1)] {
        let packages = own_packages(&root.join(lock));
        assert!(packages.len() >= least, "{lock}: {packages:?}");
        packages.iter().for_each(|(name, version)| drop(add(&format!("{lock}, {name}"), version)));
    }
    let yaml = |file: &str| -> Value { serde_saphyr::from_str(&read(&root.join(file))).unwrap() };
    let chart = yaml("charts/mini-api/Chart.yaml");
    for key in ["version", "appVersion"] {
        add(&format!("Chart.yaml, {key}"), chart[key].as_str().unwrap());
    }
    let description: Value = serde_json::from_str(&read(&root.join("openapi.json"))).unwrap();
    add("openapi.json", description["info"]["version"].as_str().unwrap());
    for file in files(root) {
        let text = fs::read_to_string(root.join(&file)).unwrap_or_default();
        let is_other = NOT_THE_VERSION.iter().any(|other| file.starts_with(other));
        for (index, tag) in tags(&text).filter(|_| !is_other).enumerate() {
            add(&format!("{}, image {}", file.display(), index + 1), tag);
        }
    }
    assert!(versions.contains_key("k8s/base/spin-app.yaml, image 1"), "{versions:#?}");
    versions
}

/// The packages of a lock file that come from no registry.
fn own_packages(lock: &Path) -> Vec<(String, String)> {
    let lock = repository::read_toml(lock);
    let packages = lock["package"].as_array().unwrap().iter().filter(|package| package.get("source").is_none());
    let pair = |package: &toml::Value| (text(package, "name"), text(package, "version"));
    // The fuzz targets themselves are never published.
    packages.map(pair).filter(|(name, _)| name != "fuzz").collect()
}

fn text(package: &toml::Value, key: &str) -> String {
    package[key].as_str().unwrap().to_owned()
}

/// The tags of images that are versions: those that begin with a digit.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    let all = text.match_indices(IMAGE).map(|(at, _)| &text[at + IMAGE.len()..]);
    let version = |rest: &'_ str| rest.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
    let cut = move |rest| -> &str { version(rest).map_or(rest, |end| &rest[..end]) };
    all.map(cut).filter(|tag| tag.starts_with(|c: char| c.is_ascii_digit()))
}

/// Every file that git does not ignore.
pub(super) fn files(root: &Path) -> Vec<PathBuf> {
    let walk = WalkBuilder::new(root).hidden(false).require_git(false).parents(false).build();
    let files = walk.map(Result::unwrap).filter(|entry| entry.path().is_file());
    let relative = files.map(|entry| entry.path().strip_prefix(root).unwrap().to_owned());
    relative.filter(|file| !file.starts_with(".git")).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_tag_is_what_begins_with_a_digit() {
    let text = "a/mini-api:1.2.3-rc.1 b/mini-api:$VERSION c/mini-api-server:1.0.0 `d/mini-api:0.1.0`, e/mini-api:9";
    assert_eq!(tags(text).collect::<Vec<_>>(), ["1.2.3-rc.1", "0.1.0", "9"]);
}
