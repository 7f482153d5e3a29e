//! `spin.toml`, manifest version 2, as far as the runner supports it.

pub(crate) mod names;
mod schema;

use std::fs;
use std::path::Path;

pub(crate) use schema::{Application, Component, Executor, HttpTrigger, Manifest, Variable};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

impl Manifest {
    /// Reads a manifest with the build profile applied, and adds every problem of the file itself to `problems`.
    ///
    /// Returns `None`, with a problem, if the file cannot be read or is not a manifest.
    pub(crate) fn read(path: &Path, profile: Option<&str>, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut manifest: Self = read_toml(path, problems)?;
        if manifest.spin_manifest_version.as_integer() != Some(2) {
            problems.push(Problem::Unsupported {
                key: "spin_manifest_version".to_owned(),
                found: manifest.spin_manifest_version.to_string(),
                expected: "must be the number 2",
            });
        }
        // Spin accepts "/" alone, which has no effect.
        if let Some(base) = &manifest.application.trigger.http.base
            && base != "/"
        {
            problems.push(Problem::Unsupported {
                key: "application.trigger.http.base".to_owned(),
                found: base.clone(),
                expected: "write the base into each route",
            });
        }
        if let Some(profile) = profile {
            if !manifest.component.values().any(|component| component.profile.contains_key(profile)) {
                problems.push(Problem::UnknownProfile { profile: profile.to_owned() });
            }
            manifest.component.values_mut().for_each(|component| component.apply(profile));
            manifest.profile = Some(profile.to_owned());
        }
        Some(manifest)
    }
}

/// Reads a TOML file into `T` and reports each key that `T` does not have, with its path.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path, problems: &mut Vec<Problem>) -> Option<T> {
    match parse_toml(path, problems) {
        Ok(value) => Some(value),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

fn parse_toml<T: DeserializeOwned>(path: &Path, problems: &mut Vec<Problem>) -> Result<T, Problem> {
    let text = fs::read_to_string(path).map_err(|source| Problem::Read { path: path.to_owned(), source })?;
    let syntax = |error: toml::de::Error| Problem::Syntax {
        path: path.to_owned(),
        reason: error.to_string().trim_end().to_owned(),
    };
    let deserializer = toml::Deserializer::parse(&text).map_err(syntax)?;
    let unknown_key = |key: serde_ignored::Path<'_>| {
        problems.push(Problem::UnknownKey {
            path: path.to_owned(),
            // The crate writes an `Option` in the path as `?`.
            key: key.to_string().replace(".?", ""),
        });
    };
    serde_ignored::deserialize(deserializer, unknown_key).map_err(syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
spin_manifest_version = 2
[application]
name = "app"
[[trigger.http]]
route = "/..."
component = "api"
[component.api]
source = "api.wasm"
"#;

    fn read(text: &str) -> (Option<Manifest>, Vec<String>) {
        read_profile(text, None)
    }

    fn read_profile(text: &str, profile: Option<&str>) -> (Option<Manifest>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spin.toml");
        fs::write(&path, text).unwrap();
        let mut problems = Vec::new();
        let manifest = Manifest::read(&path, profile, &mut problems);
        (manifest, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn everything_known_is_accepted() {
        let text = r#"
spin_manifest_version = 2
[application]
name = "app"
version = "1.0.0"
description = "text"
authors = ["someone"]
[application.trigger.http]
base = "/"
[application.tool.lint]
any = { thing = 1 }
[variables]
a = { default = "x", description = "text", secret = true }
b = { required = true }
[[trigger.http]]
id = "all"
route = "/..."
component = "api"
executor = { type = "http" }
[component.api]
source = "api.wasm"
description = "text"
variables = { a = "{{ a }}" }
environment = { KEY = "value" }
sqlite_databases = ["default"]
key_value_stores = ["default"]
allowed_outbound_hosts = ["http://example.com"]
[component.api.build]
command = ["one", "two"]
workdir = "."
watch = ["**/*.rs"]
[component.api.tool.any]
thing = 1
"#;
        let (manifest, problems) = read(text);
        assert_eq!(problems, [""; 0]);
        let manifest = manifest.unwrap();
        assert_eq!(manifest.component["api"].variables["a"], "{{ a }}");
        assert!(manifest.variables["b"].required);
    }

    #[test]
    fn unknown_keys_are_all_named_with_their_path() {
        let text = format!(
            "{MINIMAL}files = []\n[component.api.build]\ncommand = \"c\"\nshell = 1\n[[trigger.redis]]\nchannel = \"c\"\n"
        );
        let (_, problems) = read(&text);
        let all = problems.join("\n");
        assert_eq!(problems.len(), 3, "{all}");
        for key in ["`component.api.files`", "`component.api.build.shell`", "`trigger.redis`"] {
            assert!(all.contains(key), "{key} in {all}");
        }
    }

    #[test]
    fn a_profile_replaces_source_and_environment_of_the_components_that_have_it() {
        let text = format!(
            "{MINIMAL}environment = {{ A = \"1\", B = \"1\" }}\n[component.other]\nsource = \"other.wasm\"\n\
             [component.api.profile.old]\nsource = \"old.wasm\"\nenvironment = {{ B = \"2\" }}\n\
             [component.api.profile.old.build]\ncommand = \"c\"\n"
        );
        for (profile, source, b) in [(None, "api.wasm", "1"), (Some("old"), "old.wasm", "2")] {
            let (manifest, problems) = read_profile(&text, profile);
            assert_eq!(problems, [""; 0]);
            let manifest = manifest.unwrap();
            let api = &manifest.component["api"];
            assert_eq!(
                (&api.source, &api.environment["A"], &api.environment["B"]),
                (&source.into(), &"1".into(), &b.into())
            );
            assert_eq!(api.build.is_some(), profile.is_some());
            assert_eq!(manifest.component["other"].source, Path::new("other.wasm"));
        }
        let (_, problems) = read_profile(&text, Some("odl"));
        assert_eq!(problems, ["no component has the profile `odl`"]);
    }

    #[test]
    fn other_versions_and_bases_are_refused() {
        for version in ["1", "\"1\"", "3", "\"2\""] {
            let text = MINIMAL.replace("version = 2", &format!("version = {version}"));
            let (_, problems) = read(&text);
            assert!(problems[0].contains("spin_manifest_version"), "{problems:?}");
        }
        let (_, problems) = read(&format!("{MINIMAL}[application.trigger.http]\nbase = \"/v1\""));
        assert!(problems[0].contains("application.trigger.http.base"), "{problems:?}");
    }

    #[test]
    fn a_wrong_type_names_its_line() {
        let (manifest, problems) = read(&MINIMAL.replace("\"api.wasm\"", "{ url = \"u\" }"));
        assert!(manifest.is_none());
        assert!(problems[0].contains("source = { url"), "{problems:?}");
    }

    #[test]
    fn no_file_is_a_problem() {
        let mut problems = Vec::new();
        assert!(Manifest::read(Path::new("no such file"), None, &mut problems).is_none());
        assert!(problems[0].to_string().contains("no such file"));
    }
}
