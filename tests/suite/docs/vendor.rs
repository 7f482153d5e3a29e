//! Vendored files are those of the published packages. The lock file names no registry.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Command;

use black_box::repository;
use flate2::read::GzDecoder;
use tempfile::TempDir;

#[test]
fn what_is_committed_is_what_the_script_makes() {
    let made = TempDir::new().unwrap();
    let script = Command::new(repository::root().join("hack/docs/vendor")).arg(made.path()).status().unwrap();
    assert!(script.success(), "hack/docs/vendor: {script}");

    let (made, committed) = (contents(made.path()), contents(&repository::root().join("docs-ui/vendor")));
    assert_eq!(made.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>(), "run hack/docs/vendor");
    for (name, content) in made {
        assert!(committed[&name] == content, "{name} is not what its package has: run hack/docs/vendor");
    }
}

#[test]
fn the_lock_file_names_no_registry() {
    let path = repository::root().join("tests/tools/package-lock.json");
    let lock: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let packages = lock["packages"].as_object().unwrap();
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        assert!(package["resolved"].is_null(), "{name}");
        assert!(package["integrity"].is_string(), "{name}");
    }
    assert!(packages.len() > 4, "{packages:?}");
}

/// The files of a directory, without compression: another gzip may compress in another way.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), content(&entry.path()))).collect()
}

fn content(path: &Path) -> Vec<u8> {
    let mut content = Vec::new();
    let mut file = File::open(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        GzDecoder::new(file).read_to_end(&mut content).unwrap();
    } else {
        file.read_to_end(&mut content).unwrap();
    }
    content
}
