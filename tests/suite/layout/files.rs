//! Limits of sizes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use black_box::{description, repository};

use super::rust_files;

const MOST_LINES: usize = 400;
/// Maximum size of a component of the chassis, the greetings and one small resource, in bytes: 2 % above that of
/// `hack/new --bare`.
const WITH_ONE_RESOURCE: u64 = 1_480_000;
/// Maximum growth by one more resource, in bytes.
const GROWTH: u64 = 100_000;
/// Tags of the description that are not a resource.
const NO_RESOURCE: [&str; 3] = ["documentation", "greetings", "operations"];
const MOST_SEEDS: usize = 20;

#[test]
fn no_rust_file_is_too_long_to_read() {
    let mut long = Vec::new();
    for file in rust_files("") {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            long.push(format!("{} has {lines} lines", file.path));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_component_is_small() {
    let path = repository::root().join("target/wasm32-wasip2/release/api.wasm");
    let size = fs::metadata(path).expect("a built component").len();
    let tags: BTreeSet<_> = description::operations().into_iter().map(|operation| operation.tag).collect();
    let resources = tags.iter().filter(|tag| !NO_RESOURCE.contains(&tag.as_str())).count() as u64;
    let most = WITH_ONE_RESOURCE + GROWTH * resources.saturating_sub(1);
    assert!(size < most, "{size} bytes with {resources} resources");
}

#[test]
fn each_fuzz_target_has_few_seeds_and_each_has_a_name() {
    let mut seeds = BTreeMap::<String, Vec<String>>::new();
    for target in fs::read_dir(repository::root().join("fuzz/corpus")).expect("corpora").map(Result::unwrap) {
        seeds.insert(file_name(&target.path()), names(&target.path()));
    }
    let targets: Vec<_> = names(&repository::root().join("fuzz/fuzz_targets"));
    assert_eq!(seeds.keys().map(|target| format!("{target}.rs")).collect::<Vec<_>>(), targets);
    for (target, seeds) in seeds {
        assert!((1..=MOST_SEEDS).contains(&seeds.len()), "{target} has {} seeds", seeds.len());
        // A fuzzer names inputs by their SHA-1.
        let is_hash = |name: &&String| name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert_eq!(seeds.iter().find(is_hash), None, "{target}: name it by its content");
    }
}

/// The names of a directory's files, in order.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory").map(Result::unwrap);
    let mut names: Vec<_> = entries.map(|entry| file_name(&entry.path())).collect();
    names.sort();
    names
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}
