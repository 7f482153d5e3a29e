//! Sizes.

use std::fs;

use black_box::repository;

use super::rust_files;

const MOST_LINES: usize = 400;
/// In bytes. Optimized for size it would be 1.3 MB, and 4 % slower.
const LARGEST_COMPONENT: u64 = 1_750_000;

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
