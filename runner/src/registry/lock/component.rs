//! The components of a locked application.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use oci_client::client::ImageLayer;
use serde::Serialize;

use super::metadata::{Metadata, put_text, put_texts};
use crate::manifest::{Component, names};
use crate::outbound::HostPattern;
use crate::problem::Problem;

const WASM_LAYER: &str = "application/vnd.wasm.content.layer.v1+wasm";
/// Maximum size, in bytes, of a file that the locked application also holds inline. Some registries refuse tiny blobs.
const INLINE_MAX: usize = 128;
const WASM_MAGIC: &[u8] = b"\0asm";

#[derive(Debug, Serialize)]
pub(super) struct LockedComponent<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: Metadata,
    source: Source,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    env: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    config: &'a BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct Source {
    content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inline: Option<String>,
    digest: String,
}

impl<'a> LockedComponent<'a> {
    /// Locks a component of the manifest in `folder` and adds its file to the layers unless an equal file is there.
    /// Returns `None`, with a problem, if the file does not exist.
    pub(super) fn new(
        id: &'a str,
        component: &'a Component,
        folder: &Path,
        layers: &mut Vec<ImageLayer>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        if let Err(reason) = names::check_kebab(id) {
            problems.push(Problem::InvalidName { what: "component id", name: id.to_owned(), reason });
        }
        check_hosts(id, &component.allowed_outbound_hosts, problems);
        let layer = read(id, &folder.join(&component.source), problems)?;
        let source = Source {
            content_type: "application/wasm",
            inline: (layer.data.len() <= INLINE_MAX).then(|| STANDARD_NO_PAD.encode(&layer.data)),
            digest: layer.sha256_digest(),
        };
        if !layers.iter().any(|known| known.data == layer.data) {
            layers.push(layer);
        }
        let metadata = metadata(component);
        Some(Self { id, metadata, source, env: &component.environment, config: &component.variables })
    }
}

fn metadata(component: &Component) -> Metadata {
    let mut metadata = Metadata::new();
    put_text(&mut metadata, "description", &component.description);
    put_texts(&mut metadata, "allowed_outbound_hosts", &component.allowed_outbound_hosts);
    put_texts(&mut metadata, "key_value_stores", &component.key_value_stores);
    put_texts(&mut metadata, "databases", &component.sqlite_databases);
    if let Some(build) = component.build.as_ref().and_then(|build| serde_json::to_value(build).ok()) {
        metadata.insert("build", build);
    }
    metadata
}

/// Skips hosts with variables, whose values are known only at the start.
fn check_hosts(id: &str, hosts: &[String], problems: &mut Vec<Problem>) {
    for host in hosts.iter().filter(|host| !host.contains("{{")) {
        if let Err(error) = host.parse::<HostPattern>() {
            let key = format!("component.{id}.allowed_outbound_hosts");
            problems.push(Problem::AllowedHost { key, value: host.clone(), reason: error.to_string() });
        }
    }
}

fn read(id: &str, file: &Path, problems: &mut Vec<Problem>) -> Option<ImageLayer> {
    if !file.is_file() {
        problems.push(Problem::NoSource { component: id.to_owned(), file: file.to_owned() });
        return None;
    }
    let data = fs::read(file).map_err(|source| problems.push(Problem::Read { path: file.to_owned(), source })).ok()?;
    if !data.starts_with(WASM_MAGIC) {
        problems.push(Problem::Syntax { path: file.to_owned(), reason: "it is no WebAssembly".to_owned() });
    }
    Some(ImageLayer::new(data, WASM_LAYER.to_owned(), None))
}
