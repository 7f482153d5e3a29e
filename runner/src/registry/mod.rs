//! `runner registry push`: pushes the application to an OCI registry, as the artifact that `spin registry push` makes.

mod artifact;
mod lock;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use chrono::Utc;
use docker_credential::DockerCredential;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};

use crate::app::manifest_path;
use crate::cli::Push;
use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::registry::artifact::Artifact;
use crate::registry::lock::LockedApp;

/// Pushes the application and prints its digest.
pub(crate) async fn push(options: &Push) -> anyhow::Result<()> {
    let reference: Reference = options.reference.parse().context("this is no reference in a registry")?;
    let annotations = options.annotations.iter().cloned().collect();
    let artifact = assemble(&manifest_path(&options.from), options.profile.as_deref(), annotations)?;
    let auth = credentials(&reference)?;
    let response = client(options.insecure)?
        .push(&reference, &artifact.layers, artifact.config, &auth, Some(artifact.manifest))
        .await
        .with_context(|| format!("cannot push to {reference}"))?;
    match digest(&response.manifest_url) {
        Some(digest) => println!("Pushed with digest {digest}"),
        None => println!("Pushed; the registry did not return the digest"),
    }
    Ok(())
}

fn assemble(path: &Path, profile: Option<&str>, annotations: BTreeMap<String, String>) -> anyhow::Result<Artifact> {
    let mut problems = Vec::new();
    let Some(manifest) = Manifest::read(path, profile, &mut problems) else {
        bail!("the application cannot be pushed{}", list(&problems));
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let (lock, layers) = LockedApp::new(&manifest, folder, &mut problems);
    if !problems.is_empty() {
        bail!("the application cannot be pushed{}", list(&problems));
    }
    Artifact::new(&manifest.application, &lock, layers, annotations, Utc::now())
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("\n  - {problem}")).collect()
}

/// Like Spin's, `--insecure` means plain HTTP.
fn client(insecure: bool) -> anyhow::Result<Client> {
    // The client uses the process's crypto provider. A provider that is already installed works too.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let protocol = if insecure { ClientProtocol::Http } else { ClientProtocol::Https };
    let config = ClientConfig { protocol, ..ClientConfig::default() };
    Client::try_from(config).context("cannot make a client for registries")
}

/// Reads the credentials that `docker login` stored for the registry.
fn credentials(reference: &Reference) -> anyhow::Result<RegistryAuth> {
    let registry = reference.resolve_registry();
    match docker_credential::get_credential(registry) {
        Ok(DockerCredential::UsernamePassword(name, password)) => Ok(RegistryAuth::Basic(name, password)),
        Ok(DockerCredential::IdentityToken(_)) => {
            bail!("Docker has an identity token for {registry}; log in with a name and a password, as for Spin")
        }
        // The registry decides whether it needs credentials.
        Err(_) => Ok(RegistryAuth::Anonymous),
    }
}

/// Returns the digest at the end of `.../manifests/sha256:...`. Some registries return the tag there.
fn digest(manifest_url: &str) -> Option<&str> {
    let (_, last) = manifest_url.rsplit_once('/')?;
    last.contains(':').then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_last_segment_if_it_is_one() {
        for (url, expected) in [
            ("http://127.0.0.1:5000/v2/app/manifests/sha256:00ff", Some("sha256:00ff")),
            ("http://127.0.0.1:5000/v2/app/manifests/1.0.0", None),
            ("", None),
        ] {
            assert_eq!(digest(url), expected, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_pushed_is_named_all_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spin.toml");
        let text = r#"
spin_manifest_version = 2
application = { name = "app" }
[[trigger.http]]
route = "/..."
component = "missing"
[component.api]
source = "api.wasm"
files = ["assets/*"]
"#;
        std::fs::write(&path, text).unwrap();
        let error = assemble(&path, None, BTreeMap::new()).err().unwrap().to_string();
        for part in ["cannot be pushed", "`component.api.files`", "`missing`", "build it first"] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
}
