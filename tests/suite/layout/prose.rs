//! Links lead to existing files, and no path exists on one machine only.

use super::files;

#[test]
fn every_relative_link_leads_to_a_file() {
    let mut dead = Vec::new();
    for file in files().iter().filter(|file| file.has_extension("md")) {
        let absolute = file.absolute();
        let directory = absolute.parent().unwrap();
        for target in links(&file.text) {
            let path = target.split('#').next().unwrap_or_default();
            let is_relative = !target.contains("://") && !target.starts_with("mailto:");
            if is_relative && !path.is_empty() && !directory.join(path).exists() {
                dead.push(format!("{}: {target}", file.path));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn no_file_names_a_directory_of_one_machine() {
    // In halves, so that this file passes.
    let directories = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let mut found = Vec::new();
    for file in files().iter().filter(|file| file.path != "Cargo.lock") {
        for line in file.text.lines() {
            if directories.iter().any(|directory| names(line, directory)) {
                found.push(format!("{}: {}", file.path, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Whether the line has the directory, at the start of a path.
fn names(line: &str, directory: &str) -> bool {
    line.match_indices(directory).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-}/".contains(c))
    })
}

/// The tutorial names files that its reader makes.
const TUTORIAL: &str = "docs/your-own-api.md";

#[test]
fn every_source_file_that_the_documentation_names_exists() {
    let files = files();
    let is_there = |name: &str| files.iter().any(|file| file.path == name || file.path.ends_with(&format!("/{name}")));
    let (mut named, mut missing) = (0, Vec::new());
    for page in files.iter().filter(|file| file.has_extension("md") && file.path != TUTORIAL) {
        for name in page.text.split('`').filter(|text| text.ends_with(".rs") && !text.contains(['*', ' ', '\n'])) {
            named += 1;
            if !is_there(name) {
                missing.push(format!("{}: {name}", page.path));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(named > 50, "only {named} files are named");
}

/// The targets of Markdown's inline links and link definitions.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in text.lines() {
        for (at, opening) in line.match_indices("](") {
            let rest = &line[at + opening.len()..];
            links.extend(rest.split([')', ' ']).next().map(str::to_owned));
        }
        if let Some((label, target)) = line.split_once("]: ")
            && label.starts_with('[')
        {
            links.extend(target.split(' ').next().map(str::to_owned));
        }
    }
    links
}

#[test]
fn links_are_found_in_every_form() {
    let text = "See [a](docs/a.md#x) and [b](b.md \"B\").\n[c]: ../c.md";
    assert_eq!(links(text), ["docs/a.md#x", "b.md", "../c.md"]);
}
