//! The locked application: the JSON form of a manifest that Spin serves or pushes.
//!
//! Members and their order are those of Spin 4.0.1, so that Spin and the runner push the same digest.

mod component;
mod metadata;
mod triggers;

use std::collections::BTreeMap;
use std::path::Path;

use component::LockedComponent;
use metadata::{Metadata, put_text, put_texts};
use oci_client::client::ImageLayer;
use serde::Serialize;
use serde_json::json;
use triggers::Trigger;

use crate::app;
use crate::manifest::{Manifest, names};
use crate::problem::Problem;

#[derive(Debug, Serialize)]
pub(super) struct LockedApp<'a> {
    /// 0 if the application needs no special feature of its host.
    spin_lock_version: u8,
    metadata: Metadata,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<&'a str, Variable<'a>>,
    triggers: Vec<Trigger<'a>>,
    components: Vec<LockedComponent<'a>>,
}

#[derive(Debug, Serialize)]
struct Variable<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    secret: bool,
}

impl<'a> LockedApp<'a> {
    /// Locks the manifest in `folder` and reads the components' files as layers, each file once. Adds every problem to
    /// `problems`.
    pub(super) fn new(manifest: &'a Manifest, folder: &Path, problems: &mut Vec<Problem>) -> (Self, Vec<ImageLayer>) {
        let mut layers = Vec::new();
        app::routes(manifest, problems);
        let mut components = Vec::new();
        for (id, component) in &manifest.component {
            components.extend(LockedComponent::new(id, component, folder, &mut layers, problems));
        }
        let lock = Self {
            spin_lock_version: 0,
            metadata: metadata(manifest),
            variables: variables(manifest, problems),
            triggers: triggers::locked(&manifest.trigger.http),
            components,
        };
        (lock, layers)
    }
}

fn metadata(manifest: &Manifest) -> Metadata {
    let application = &manifest.application;
    let mut metadata = Metadata::new();
    put_text(&mut metadata, "name", &application.name);
    put_text(&mut metadata, "version", &application.version);
    put_text(&mut metadata, "profile", manifest.profile.as_deref().unwrap_or_default());
    put_text(&mut metadata, "description", &application.description);
    put_texts(&mut metadata, "authors", &application.authors);
    // `trigger` is for hosts that support only one kind of trigger.
    let (all, one) = match &application.trigger.http.base {
        Some(base) => (json!({ "http": { "base": base } }), json!({ "base": base, "type": "http" })),
        None => (json!({}), json!({ "type": "http" })),
    };
    metadata.extend([("triggers", all), ("trigger", one)]);
    metadata
}

fn variables<'a>(manifest: &'a Manifest, problems: &mut Vec<Problem>) -> BTreeMap<&'a str, Variable<'a>> {
    let mut variables = BTreeMap::new();
    for (name, variable) in &manifest.variables {
        if let Err(reason) = names::check_variable(name) {
            problems.push(Problem::InvalidName { what: "variable name", name: name.clone(), reason });
        }
        if variable.required == variable.default.is_some() {
            problems.push(Problem::VariableDeclaration { name: name.clone() });
        }
        let (description, default) = (variable.description.as_deref(), variable.default.as_deref());
        variables.insert(name.as_str(), Variable { description, default, secret: variable.secret });
    }
    variables
}

#[cfg(test)]
mod tests;
