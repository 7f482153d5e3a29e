//! The tables of a manifest. The reader refuses a key that has no field here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) spin_manifest_version: toml::Value,
    pub(crate) application: Application,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, Variable>,
    #[serde(default)]
    pub(crate) trigger: Triggers,
    #[serde(default)]
    pub(crate) component: IndexMap<String, Component>,
    /// The build profile that was applied.
    #[serde(skip)]
    pub(crate) profile: Option<String>,
}

/// `[application]`
#[derive(Debug, Deserialize)]
pub(crate) struct Application {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) authors: Vec<String>,
    #[serde(default)]
    pub(crate) trigger: ApplicationTrigger,
    #[serde(default, rename = "tool")]
    _tool: toml::Table,
}

/// `[application.trigger]`
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ApplicationTrigger {
    #[serde(default)]
    pub(crate) http: ApplicationHttpTrigger,
}

/// `[application.trigger.http]`, whose only key is a leftover of manifest version 1.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ApplicationHttpTrigger {
    pub(crate) base: Option<String>,
}

/// `[variables]`
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Variable {
    #[serde(default)]
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
    #[serde(default)]
    pub(crate) secret: bool,
    pub(crate) description: Option<String>,
}

/// `[trigger]`; other kinds of triggers are unknown keys.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Triggers {
    #[serde(default)]
    pub(crate) http: Vec<HttpTrigger>,
}

/// `[[trigger.http]]`
#[derive(Debug, Deserialize)]
pub(crate) struct HttpTrigger {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) route: String,
    pub(crate) component: String,
    /// `http` if it is missing.
    pub(crate) executor: Option<Executor>,
}

/// `executor = { type = "http" }`
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Executor {
    pub(crate) r#type: String,
}

/// `[component.<id>]`
#[derive(Debug, Deserialize)]
pub(crate) struct Component {
    /// A path relative to the manifest; Spin also accepts URLs and registries.
    pub(crate) source: PathBuf,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) sqlite_databases: Vec<String>,
    #[serde(default)]
    pub(crate) key_value_stores: Vec<String>,
    #[serde(default)]
    pub(crate) allowed_outbound_hosts: Vec<String>,
    pub(crate) build: Option<Build>,
    #[serde(default)]
    pub(crate) profile: BTreeMap<String, Profile>,
    #[serde(default, rename = "tool")]
    _tool: toml::Table,
}

/// `[component.<id>.profile.<name>]`: what `--profile` replaces.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Profile {
    pub(crate) source: Option<PathBuf>,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) build: Option<ProfileBuild>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ProfileBuild {
    command: Commands,
}

impl Component {
    /// Applies a build profile. As in Spin, a component without that profile stays as it is.
    pub(crate) fn apply(&mut self, profile: &str) {
        let Some(profile) = self.profile.remove(profile) else { return };
        if let Some(source) = profile.source {
            self.source = source;
        }
        self.environment.extend(profile.environment);
        if let Some(ProfileBuild { command }) = profile.build {
            match &mut self.build {
                Some(build) => build.command = command,
                None => self.build = Some(Build { command, workdir: None, watch: Vec::new() }),
            }
        }
    }
}

/// `[component.<id>.build]`, which is for `spin build`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Build {
    command: Commands,
    #[serde(skip_serializing_if = "Option::is_none")]
    workdir: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    watch: Vec<String>,
}

/// One command, or several that run in sequence.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Commands {
    One(String),
    Several(Vec<String>),
}
