//! What a project is called, and where that is written.

use std::fs;
use std::path::Path;

/// The names that a project has of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Identity {
    /// Words of lower case, joined by hyphens.
    pub(crate) name: String,
    pub(crate) organisation: String,
    /// The host, with a port if need be.
    pub(crate) registry: String,
}

impl Identity {
    /// Reads `[workspace.metadata.project]` of the project's `Cargo.toml`.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let manifest = read_toml(&root.join("Cargo.toml"))?;
        let table = manifest.get("workspace").and_then(|workspace| workspace.get("metadata")?.get("project"));
        let value = |key| {
            let text = table.and_then(|table| table.get(key)?.as_str()).map(str::to_owned);
            text.ok_or_else(|| format!("Cargo.toml has no `{key}` in [workspace.metadata.project]"))
        };
        Ok(Self { name: value("name")?, organisation: value("organisation")?, registry: value("registry")? })
    }
}

/// The names of the workspace's crates.
pub(crate) fn crates(root: &Path) -> Result<Vec<String>, String> {
    let manifest = read_toml(&root.join("Cargo.toml"))?;
    let members = manifest.get("workspace").and_then(|workspace| workspace.get("members")?.as_array());
    let members = members.into_iter().flatten().filter_map(toml::Value::as_str);
    let name = |member: &str| {
        let manifest = read_toml(&root.join(member).join("Cargo.toml"))?;
        let name = manifest.get("package").and_then(|package| package.get("name")?.as_str());
        name.map(str::to_owned).ok_or_else(|| format!("{member}/Cargo.toml has no name"))
    };
    members.map(name).collect()
}

fn read_toml(path: &Path) -> Result<toml::Table, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse().map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_manifests() {
        let root = tempfile::TempDir::new().unwrap();
        let manifest = "[workspace]\nmembers = ['a']\n[workspace.metadata.project]\n\
            name = 'old-name'\norganisation = 'old-org'\nregistry = 'old.example'\n";
        fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
        fs::create_dir(root.path().join("a")).unwrap();
        fs::write(root.path().join("a/Cargo.toml"), "[package]\nname = 'first'\n").unwrap();

        let identity = Identity::read(root.path()).unwrap();
        let expected = ("old-name", "old-org", "old.example");
        assert_eq!((&*identity.name, &*identity.organisation, &*identity.registry), expected);
        assert_eq!(crates(root.path()).unwrap(), ["first"]);
    }

    #[test]
    fn a_manifest_without_names_is_an_error() {
        let root = tempfile::TempDir::new().unwrap();
        fs::write(root.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        assert!(Identity::read(root.path()).unwrap_err().contains("`name`"));
    }
}
