//! Dependencies of the component's modules point one way.

use super::{File, rust_files};

/// A module of `component/src`, and the modules it may use.
const MAY_USE: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("ports", &["domain"]),
    ("log", &["domain", "ports"]),
    ("metrics", &["domain", "log", "ports"]),
    ("tokens", &["domain", "log", "ports"]),
    ("cache", &["domain", "log", "metrics", "ports"]),
    ("settings", &["config"]),
    ("config", &["domain", "log", "metrics", "ports", "settings", "tokens"]),
    ("http", &["config", "domain", "log", "metrics", "ports"]),
    ("routes", &["config", "domain", "http", "log", "metrics", "ports"]),
    ("adapters", &["config", "domain", "ports"]),
    ("app", &["cache", "config", "domain", "http", "log", "metrics", "ports", "routes", "tokens"]),
    ("entry", &["adapters", "app", "config", "ports"]),
];
const SQL: [&str; 9] = [
    "SELECT ",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    "CREATE TABLE",
    "PRAGMA ",
    "BEGIN ",
    "ON CONFLICT",
    "ORDER BY",
];

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut broken = Vec::new();
    for file in rust_files("component/src/") {
        let module = module(&file);
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            assert!(module == "lib", "{} is in no module of the table", file.path);
            continue;
        };
        for used in uses(&file.text) {
            let is_known = MAY_USE.iter().any(|(name, _)| *name == used);
            if is_known && used != module && !allowed.contains(&used.as_str()) {
                broken.push(format!("{} uses {used}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn only_the_outermost_modules_know_spin() {
    for file in rust_files("component/src/") {
        let may = file.path == "component/src/entry.rs" || module(&file) == "adapters";
        assert!(may || !file.text.contains("spin_sdk"), "{}", file.path);
        // A field that is named elsewhere would not be there: `ports/spin_fields.rs` says why.
        let names_fields = file.text.contains("\"spin-");
        assert!(may || !names_fields || file.path == "component/src/ports/spin_fields.rs", "{}", file.path);
    }
    for file in rust_files("docs-ui/src/") {
        let may = file.path == "docs-ui/src/entry.rs";
        let knows = ["spin_sdk", "api::adapters"].iter().any(|name| file.text.contains(name));
        assert!(may || !knows, "{}", file.path);
    }
}

#[test]
fn only_the_store_adapters_know_sql() {
    for file in rust_files("component/src/") {
        if module(&file) == "adapters" {
            continue;
        }
        for line in file.text.lines() {
            let literal = line.split_once('"').map_or("", |(_, literal)| literal);
            assert!(!SQL.iter().any(|word| literal.contains(word)), "{}: {line}", file.path);
        }
    }
}

#[test]
fn the_domain_knows_no_technology() {
    for file in rust_files("component/src/domain") {
        for line in file.text.lines().filter(|line| line.trim_start().starts_with("use ")) {
            for name in ["axum", "http", "spin", "tower", "serde_json", "adapters", "routes"] {
                let is_named =
                    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word.starts_with(name));
                assert!(!is_named, "{}: {line}", file.path);
            }
        }
    }
}

/// The first name below `component/src/`.
fn module(file: &File) -> String {
    let path = file.path.trim_start_matches("component/src/").trim_end_matches(".rs");
    path.split('/').next().unwrap_or_default().to_owned()
}

/// The modules named as `crate::x`, in braces too.
fn uses(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut names = Vec::new();
    for (_, rest) in text.match_indices("crate::").map(|(at, found)| (at, &text[at + found.len()..])) {
        match rest.strip_prefix('{') {
            Some(group) => names.extend(top_level(group)),
            None => names.extend(rest.split(|c| !is_name(c)).next().map(str::to_owned)),
        }
    }
    names
}

/// The first names of a group's items, whose `{` has been read.
fn top_level(group: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let mut items = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            other if depth == 0 => items.last_mut().unwrap().push(other),
            _ => {}
        }
    }
    let first = |item: &String| item.trim().split("::").next().unwrap_or_default().to_owned();
    items.iter().map(first).filter(|name| !name.is_empty()).collect()
}

#[test]
fn uses_are_found_in_every_form() {
    let text = "use crate::http::{A, B};\nuse crate::{domain::{User, X}, ports, config::C};\ncrate::app::f()";
    assert_eq!(uses(text), ["http", "domain", "ports", "config", "app"]);
}
