//! The names of a project, and where they are written.

use std::fs;
use std::path::Path;

/// The names that a project has of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Identity {
    /// Lower-case words, joined by hyphens.
    pub(crate) name: String,
    pub(crate) organisation: String,
    /// The host, with a port if it needs one.
    pub(crate) registry: String,
}

impl Identity {
    /// Reads the workspace's `repository` and `metadata.registry` in the project's `Cargo.toml`.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let manifest = read_toml(&root.join("Cargo.toml"))?;
        let value = |table: &str, key: &str| {
            let value = manifest.get("workspace").and_then(|workspace| workspace.get(table)?.get(key)?.as_str());
            value.ok_or_else(|| format!("Cargo.toml has no `{key}` in [workspace.{table}]"))
        };
        let (repository, registry) = (value("package", "repository")?, value("metadata", "registry")?);
        let (organisation, name) = repository
            .strip_prefix("https://github.com/")
            .and_then(|path| path.split_once('/'))
            .ok_or_else(|| format!("`repository` must look like https://github.com/OWNER/NAME; got {repository}"))?;
        Ok(Self { name: name.to_owned(), organisation: organisation.to_owned(), registry: registry.to_owned() })
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
        let manifest = "[workspace]\nmembers = ['a']\nmetadata.registry = 'old.example'\n\
            package.repository = 'https://github.com/old-org/old-name'\n";
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
        for (manifest, says) in [
            ("", "`repository`"),
            ("package.repository = 'https://github.com/a/b'", "`registry`"),
            ("package.repository = 'a/b'\nmetadata.registry = 'c'", "must look like"),
        ] {
            fs::write(root.path().join("Cargo.toml"), format!("[workspace]\n{manifest}\n")).unwrap();
            let message = Identity::read(root.path()).unwrap_err();
            assert!(message.contains(says), "{message}");
        }
    }
}
