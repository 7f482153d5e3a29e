//! The artifact: configuration, layers and manifest of an OCI image, with Spin's media types.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use oci_client::annotations::{
    ORG_OPENCONTAINERS_IMAGE_AUTHORS as AUTHORS, ORG_OPENCONTAINERS_IMAGE_CREATED as CREATED,
    ORG_OPENCONTAINERS_IMAGE_DESCRIPTION as DESCRIPTION, ORG_OPENCONTAINERS_IMAGE_TITLE as TITLE,
    ORG_OPENCONTAINERS_IMAGE_VERSION as VERSION,
};
use oci_client::client::{Config, ImageLayer};
use oci_client::config::{Architecture, Config as Execution, ConfigFile, Os};
use oci_client::manifest::OciImageManifest;

use super::lock::LockedApp;
use crate::manifest::Application;

const APPLICATION_LAYER: &str = "application/vnd.fermyon.spin.application.v1+config";
/// Without this label, every application would have the same configuration and so the same image id.
const DIGEST_LABEL: &str = "com.fermyon.spin.lockedAppDigest";

pub(super) struct Artifact {
    pub(super) layers: Vec<ImageLayer>,
    pub(super) config: Config,
    pub(super) manifest: OciImageManifest,
}

impl Artifact {
    /// Appends the locked application to the layers of its components. The given annotations override those that the
    /// application implies.
    pub(super) fn new(
        application: &Application,
        lock: &LockedApp<'_>,
        mut layers: Vec<ImageLayer>,
        given: BTreeMap<String, String>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let locked = ImageLayer::new(serde_json::to_vec(lock)?, APPLICATION_LAYER.to_owned(), None);
        let config = Config::oci_v1_from_config_file(config(locked.sha256_digest()), None)?;
        layers.push(locked);
        let manifest = OciImageManifest::build(&layers, &config, Some(annotations(application, given, now)));
        Ok(Self { layers, config, manifest })
    }
}

fn config(locked_digest: String) -> ConfigFile {
    let labels = HashMap::from([(DIGEST_LABEL.to_owned(), locked_digest)]);
    ConfigFile {
        architecture: Architecture::Wasm,
        os: Os::Other("wasip1".to_owned()),
        config: Some(Execution { labels: Some(labels), ..Execution::default() }),
        ..ConfigFile::default()
    }
}

fn annotations(
    application: &Application,
    given: BTreeMap<String, String>,
    now: DateTime<Utc>,
) -> BTreeMap<String, String> {
    let mut annotations = BTreeMap::new();
    for (key, value) in [
        (AUTHORS, application.authors.join(", ")),
        (TITLE, application.name.clone()),
        (DESCRIPTION, application.description.clone()),
        (VERSION, application.version.clone()),
        (CREATED, now.to_rfc3339()),
    ] {
        if !value.is_empty() {
            annotations.insert(key.to_owned(), value);
        }
    }
    annotations.extend(given);
    annotations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_annotations_win() {
        let application: Application =
            toml::from_str("name = \"app\"\nversion = \"1.0.0\"\nauthors = [\"a\", \"b\"]").unwrap();
        let given = BTreeMap::from([(CREATED.to_owned(), "then".to_owned()), ("k".to_owned(), "v".to_owned())]);
        let inferred = annotations(&application, BTreeMap::new(), DateTime::UNIX_EPOCH);
        let overridden = annotations(&application, given, DateTime::UNIX_EPOCH);
        assert_eq!(inferred[CREATED], "1970-01-01T00:00:00+00:00");
        assert_eq!(inferred.get(DESCRIPTION), None);
        assert_eq!(overridden[AUTHORS], "a, b");
        assert_eq!((&*overridden[CREATED], &*overridden["k"], &*overridden[TITLE]), ("then", "v", "app"));
    }

    #[test]
    fn the_configuration_is_spins() {
        let config = Config::oci_v1_from_config_file(config("sha256:00".to_owned()), None).unwrap();
        let expected = concat!(
            r#"{"architecture":"wasm","os":"wasip1","config":{"Labels":{"com.fermyon.spin.lockedAppDigest":"#,
            r#""sha256:00"}},"rootfs":{"type":"layers","diff_ids":[]}}"#
        );
        assert_eq!(config.data, expected);
    }
}
