//! Versions of dependencies that must agree.

use std::collections::BTreeMap;

use black_box::repository;

use super::files;

/// Pinned dependencies, with the reasons.
const PINS: [(&str, &str); 6] = [
    // WASI 0.3.0, which Spin 4.1 and newer run.
    ("spin-sdk-final", "=7.0.0"),
    ("spin-sdk", "=7.0.0"),
    // WASI 0.3.0-rc-2026-03-15, which Spin 4.0 runs.
    ("spin-sdk-rc", "=6.0.0"),
    // Spin 4.1's major; 48 traps on what wit-bindgen 0.57 does. The runner gives components for the candidate final names.
    ("wasmtime", "=47.0.2"),
    ("wasmtime-wasi", "=47.0.2"),
    ("wasmtime-wasi-http", "=47.0.2"),
];

#[test]
fn pins_are_the_same_everywhere() {
    let mut found = 0;
    for file in files().iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let manifest = repository::read_toml(&file.absolute());
        for table in tables(&manifest) {
            for (name, pin) in PINS {
                let Some(dependency) = table.get(name) else { continue };
                let version = dependency.as_str().or_else(|| dependency.get("version")?.as_str());
                let is_inherited = dependency.get("workspace").is_some();
                assert!(is_inherited || version == Some(pin), "{name} in {}", file.path);
                found += 1;
            }
        }
    }
    assert!(found >= PINS.len(), "only {found} dependencies on what is pinned");
}

#[test]
fn the_image_of_rust_is_the_same_everywhere() {
    const NAME: &str = "rust:";
    let files = files();
    let mut images = BTreeMap::new();
    for file in &files {
        for word in file.text.split([' ', '"', '\n']).filter(|word| word.starts_with(NAME) && word.contains("@sha256:"))
        {
            images.entry(word).or_insert_with(Vec::new).push(&file.path);
        }
    }
    assert_eq!(images.len(), 1, "{images:#?}");
}

/// Every table of dependencies of a manifest.
fn tables(manifest: &toml::Table) -> Vec<&toml::Table> {
    let mut parents = vec![manifest];
    parents.extend(manifest.get("workspace").and_then(toml::Value::as_table));
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    parents.extend(targets.into_iter().flatten().filter_map(|(_, target)| target.as_table()));
    let names = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = parents.iter().flat_map(|parent| names.map(|name| parent.get(name)));
    tables.flatten().filter_map(toml::Value::as_table).collect()
}
