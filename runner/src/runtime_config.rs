//! `runtime-config.toml`: the databases and stores behind the labels of the manifest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::manifest::read_toml;
use crate::problem::Problem;

/// Prefix of the environment variables that the runner reads even without a provider.
const PREFIX: &str = "SPIN_VARIABLE";

/// The file, as far as the runner supports it. The reader refuses other keys.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RuntimeConfig {
    /// `--state-dir` overrides it. Relative to the working directory; empty means in memory.
    pub(crate) state_dir: Option<String>,
    /// Must be empty, because the runner writes no log files.
    log_dir: Option<String>,
    #[serde(default)]
    pub(crate) sqlite_database: BTreeMap<String, SqliteDatabase>,
    #[serde(default)]
    pub(crate) key_value_store: BTreeMap<String, KeyValueStore>,
    /// The SpinKube operator writes one entry, with the runner's own defaults.
    #[serde(default, alias = "variables_provider", alias = "variable_provider")]
    config_provider: Vec<VariablesProvider>,
}

/// `[[config_provider]]`, also written `[[variables_provider]]` or `[[variable_provider]]`
#[derive(Debug, Deserialize)]
struct VariablesProvider {
    r#type: String,
    prefix: Option<String>,
}

/// `[sqlite_database.<label>]`
#[derive(Debug, Deserialize)]
pub(crate) struct SqliteDatabase {
    r#type: String,
    /// Relative to the working directory; `None` means in memory.
    pub(crate) path: Option<PathBuf>,
    #[serde(default)]
    pub(crate) allow_attach_file: bool,
}

/// `[key_value_store.<label>]`
#[derive(Debug, Deserialize)]
pub(crate) struct KeyValueStore {
    r#type: String,
    /// Relative to the folder of the configuration file, unlike a database's; `None` means in memory.
    pub(crate) path: Option<PathBuf>,
}

impl RuntimeConfig {
    /// Reads the file. Without a path, returns the defaults.
    pub(crate) fn read(path: Option<&Path>, problems: &mut Vec<Problem>) -> Self {
        let Some(path) = path else {
            return Self::default();
        };
        let config: Self = read_toml(path, problems).unwrap_or_default();
        let databases = config.sqlite_database.iter();
        let stores = config.key_value_store.iter();
        let types = databases
            .map(|(label, database)| (format!("sqlite_database.{label}.type"), &database.r#type))
            .chain(stores.map(|(label, store)| (format!("key_value_store.{label}.type"), &store.r#type)));
        let unsupported = types.filter(|(_, found)| *found != "spin");
        problems.extend(unsupported.map(|(key, found)| Problem::Unsupported {
            key,
            found: found.clone(),
            expected: "must be \"spin\"",
        }));
        for VariablesProvider { r#type, prefix } in &config.config_provider {
            if r#type != "env" {
                let (key, expected) = ("config_provider.type".to_owned(), "must be \"env\"");
                problems.push(Problem::Unsupported { key, found: r#type.clone(), expected });
            }
            if let Some(prefix) = prefix.as_ref().filter(|prefix| prefix.trim_end_matches('_') != PREFIX) {
                let (key, expected) = ("config_provider.prefix".to_owned(), "must be \"SPIN_VARIABLE\"");
                problems.push(Problem::Unsupported { key, found: prefix.clone(), expected });
            }
        }
        if let Some(found) = config.log_dir.clone().filter(|path| !path.is_empty()) {
            problems.push(Problem::Unsupported { key: "log_dir".to_owned(), found, expected: "must be \"\"" });
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(text: &str) -> (RuntimeConfig, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runtime-config.toml");
        fs::write(&path, text).unwrap();
        let mut problems = Vec::new();
        let config = RuntimeConfig::read(Some(&path), &mut problems);
        (config, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn databases_and_stores_of_type_spin_are_accepted() {
        let (config, problems) = read(
            "state_dir = \"state\"\nlog_dir = \"\"\n\
             [sqlite_database.default]\ntype = \"spin\"\npath = \"d.db\"\nallow_attach_file = true\n\
             [key_value_store.default]\ntype = \"spin\"\npath = \"kv.db\"\n",
        );
        assert_eq!(problems, [""; 0]);
        assert!(config.sqlite_database["default"].allow_attach_file);
        assert_eq!(config.state_dir.as_deref(), Some("state"));
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        let (_, problems) = read(
            "log_dir = \"logs\"\n\
             [sqlite_database.a]\ntype = \"libsql\"\nurl = \"http://x\"\n\
             [key_value_store.b]\ntype = \"redis\"\n\
             [[variables_provider]]\ntype = \"vault\"\nprefix = \"OTHER\"\n",
        );
        let all = problems.join("\n");
        assert_eq!(problems.len(), 6, "{all}");
        for key in [
            "`log_dir`",
            "`sqlite_database.a.type`",
            "`sqlite_database.a.url`",
            "`key_value_store.b.type`",
            "`config_provider.type`",
            "`config_provider.prefix`",
        ] {
            assert!(all.contains(key), "{key} in {all}");
        }
    }

    /// As spin-operator v0.6.1 writes it.
    #[test]
    fn what_the_operator_writes_is_accepted() {
        let (_, problems) = read("[[config_provider]]\ntype = 'env'\nprefix = 'SPIN_VARIABLE_'\n");
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn no_file_is_the_default() {
        let mut problems = Vec::new();
        let config = RuntimeConfig::read(None, &mut problems);
        assert!(problems.is_empty() && config.sqlite_database.is_empty());
    }
}
