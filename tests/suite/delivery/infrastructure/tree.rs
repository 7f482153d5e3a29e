//! The files of `infra/terraform`, as text and as values.

use std::collections::BTreeMap;
use std::fs;

use black_box::repository;
use ignore::WalkBuilder;
use serde_json::Value;

/// Texts by path below `infra/terraform`, with `/`.
#[derive(Clone, Debug)]
pub(super) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads Terraform's files that git does not ignore.
    pub(super) fn load() -> Self {
        let top = repository::root().join("infra/terraform");
        let mut files = BTreeMap::new();
        for entry in WalkBuilder::new(&top).hidden(false).build().map(Result::unwrap) {
            let path = entry.path().strip_prefix(&top).unwrap().to_str().unwrap().to_owned();
            if path.ends_with(".tf") || path.ends_with(".tfvars") {
                files.insert(path, fs::read_to_string(entry.path()).unwrap());
            }
        }
        assert!(files.len() > 30, "only {} files", files.len());
        Self(files)
    }

    /// Replaces every occurrence of a text in a file.
    pub(super) fn with(mut self, file: &str, from: &str, to: &str) -> Self {
        let text = self.0.get_mut(file).unwrap_or_else(|| panic!("no {file}"));
        assert!(text.contains(from), "{file} has no {from}");
        *text = text.replace(from, to);
        self
    }

    pub(super) fn text(&self, file: &str) -> &str {
        self.0.get(file).unwrap_or_else(|| panic!("no {file}"))
    }

    /// Parses a file. Blocks become maps by their labels. Expressions become strings within `${}`.
    pub(super) fn parse(&self, file: &str) -> Value {
        hcl::from_str(self.text(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Directories that are applied, each with a state.
    pub(super) fn roots(&self) -> Vec<&str> {
        let directories = self.files().filter_map(|file| file.rsplit_once('/')).map(|(directory, _)| directory);
        let mut roots: Vec<_> = directories.filter(|name| *name == "bootstrap" || name.starts_with("env/")).collect();
        roots.dedup();
        roots
    }
}

/// Every key of a value, at any depth, with its value.
pub(super) fn entries(value: &Value) -> Vec<(&str, &Value)> {
    match value {
        Value::Object(map) => {
            map.iter().flat_map(|(key, inner)| [(key.as_str(), inner)].into_iter().chain(entries(inner))).collect()
        }
        Value::Array(items) => items.iter().flat_map(entries).collect(),
        _ => Vec::new(),
    }
}
