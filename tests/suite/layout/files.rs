//! Sizes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use black_box::repository;

use super::rust_files;

const MOST_LINES: usize = 400;
/// In bytes. Optimized for size it would be 1.3 MB, and 4 % slower.
const LARGEST_COMPONENT: u64 = 1_750_000;
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
    assert!(size < LARGEST_COMPONENT, "{size} bytes");
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
        assert_eq!(seeds.iter().find(is_hash), None, "{target}: say what it is");
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
