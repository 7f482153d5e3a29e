//! The tests that docs/security.md names.

use black_box::repository;

use super::rust_files;

#[test]
fn every_test_that_shows_something_exists() {
    let text = std::fs::read_to_string(repository::root().join("docs/security.md")).expect("docs/security.md");
    let files = rust_files("tests/suite/");
    let mut named = 0;
    for name in text.split('`').skip(1).step_by(2).filter(|word| word.contains("::") && !word.contains(' ')) {
        let mut segments: Vec<_> = name.split("::").collect();
        let function = segments.pop().unwrap_or_default();
        let path = format!("tests/suite/{}.rs", segments.join("/"));
        let nested = files.iter().find(|file| file.path == path);
        let is_there = nested.is_some_and(|file| file.text.contains(&format!("fn {function}(")));
        let is_module = files.iter().any(|file| file.path == format!("tests/suite/{}.rs", name.replace("::", "/")));
        assert!(is_there || is_module, "{name}");
        named += 1;
    }
    assert!(named > 15, "only {named} tests are named");
}
