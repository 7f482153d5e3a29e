//! The project's own names, which `Cargo.toml` defines.

use black_box::PROBLEM_TYPE;
use black_box::repository::{self, Project};

use super::files;

/// What precedes a repository's owner on GitHub, in a URL, a regular expression, a claim or a command.
const GITHUB: [&str; 7] =
    ["github.com/", "github.com:", r"github\.com/", "repo:", "--repo ", "--signer-workflow ", "github_repository = \""];

#[test]
fn the_organisation_and_the_registry_are_the_same_everywhere() {
    let project = Project::read();
    let image = format!("{}/{}", project.registry, project.organisation);
    let mut others = Vec::new();
    let mut found = 0;
    for file in files().iter().filter(|file| file.path != "tests/suite/layout/names.rs") {
        for owner in owners(&file.text, &project.name) {
            found += 1;
            if owner != project.organisation && owner != image {
                others.push(format!("{}: {owner}", file.path));
            }
        }
    }
    assert!(others.is_empty(), "neither {} nor {image}: {others:#?}", project.organisation);
    assert!(found > 20, "only {found} places");
}

/// The owners of the project's name in a text: `ORGANISATION` on GitHub, `HOST/ORGANISATION` in a registry.
fn owners(text: &str, name: &str) -> Vec<String> {
    let mut owners = Vec::new();
    for (at, found) in text.match_indices(&format!("/{name}")) {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        let (before, owner) = last(before, |c| c.is_ascii_alphanumeric() || c == '-');
        if owner.is_empty() || after.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            continue;
        }
        if GITHUB.iter().any(|start| before.ends_with(start)) {
            owners.push(owner.to_owned());
        } else if let Some(before) = before.strip_suffix('/') {
            let (before, host) = last(before, |c| c.is_ascii_alphanumeric() || "-.:".contains(c));
            let is_host = host.contains('.') && (before.ends_with("//") || !before.ends_with('/'));
            owners.extend(is_host.then(|| format!("{host}/{owner}")));
        }
    }
    owners
}

/// Splits off the last characters that fit.
fn last(text: &str, fits: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.trim_end_matches(fits).len())
}

#[test]
fn owners_are_found_in_every_form() {
    let text = r#"https://github.com/a/app git@github.com:b/app.git ^https://github\.com/c/app/x repo:d/app:x
        --repo e/app github_repository = "f/app" r.io/g/app:1 oci://r.io:5/h/app-server@sha256:0"#;
    assert_eq!(owners(text, "app"), ["a", "b", "c", "d", "e", "f", "r.io/g", "r.io:5/h"]);
    let others = "deployment/app r.io/a/apps /etc/x.d/a/app localhost:5000/app x.amazonaws.com/app charts/app/x";
    assert_eq!(owners(others, "app"), [""; 0]);
}

#[test]
fn the_application_the_chart_and_the_types_of_problems_have_the_projects_name() {
    let name = Project::read().name;
    let manifest = repository::read_toml(&repository::root().join("spin.toml"));
    assert_eq!(manifest["application"]["name"].as_str(), Some(&*name));
    let chart = repository::root().join(format!("charts/{name}/Chart.yaml"));
    let chart = std::fs::read_to_string(chart).unwrap();
    assert!(chart.lines().any(|line| line == format!("name: {name}")), "{chart}");
    assert_eq!(PROBLEM_TYPE, format!("urn:{name}:problem:"));
}
