//! A registry of OCI artifacts. Reads verify every digest.

use std::sync::LazyLock;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::dedicated_server::DedicatedServer;
use crate::{Options, REQUEST_TIMEOUT};

/// Environment variable with the address of the registry.
const ADDRESS: &str = "MINI_API_REGISTRY";
/// The media type of a pushed manifest.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The registry of the tests, if the environment names none.
static OWN: LazyLock<([String; 1], DedicatedServer)> = LazyLock::new(|| {
    // No test stops it, so it has no control program.
    DedicatedServer::start("hack/servers/registry", [ADDRESS], ADDRESS)
});

/// A registry that speaks plain HTTP.
#[derive(Debug)]
pub struct Registry {
    address: String,
    http: reqwest::Client,
}

impl Registry {
    /// Returns the registry of `MINI_API_REGISTRY`, else starts one that ends with the tests.
    pub fn shared() -> Self {
        let given = std::env::var(ADDRESS).ok().filter(|address| !address.is_empty());
        let address = given.unwrap_or_else(|| OWN.0[0].clone());
        let http = reqwest::Client::builder().no_proxy().timeout(REQUEST_TIMEOUT).build();
        Self { address, http: http.expect("a client without TLS") }
    }

    /// Returns a unique name with a tag.
    pub fn new_reference(&self) -> String {
        format!("{}/mini-api-{:016x}:test", self.address, fastrand::u64(..))
    }

    /// Returns the manifest of a tag or digest, and its digest.
    pub async fn manifest(&self, reference: &str) -> (Value, String) {
        let (name, tag) = self.parts(reference);
        let bytes = self.get(&format!("/v2/{name}/manifests/{tag}"), MANIFEST).await;
        (serde_json::from_slice(&bytes).expect("a manifest is JSON"), digest(&bytes))
    }

    /// Returns the blob of a descriptor. Panics unless size and digest match.
    pub async fn blob(&self, reference: &str, descriptor: &Value) -> Vec<u8> {
        let (name, _) = self.parts(reference);
        let named = descriptor["digest"].as_str().expect("a digest");
        let bytes = self.get(&format!("/v2/{name}/blobs/{named}"), "*/*").await;
        assert_eq!(digest(&bytes), named, "{descriptor}");
        assert_eq!(u64::try_from(bytes.len()).ok(), descriptor["size"].as_u64(), "{descriptor}");
        bytes
    }

    fn parts<'a>(&self, reference: &'a str) -> (&'a str, &'a str) {
        let path = reference.strip_prefix(&self.address).and_then(|path| path.strip_prefix('/'));
        path.and_then(|path| path.split_once(['@', ':']))
            .unwrap_or_else(|| panic!("{reference} is not in the registry"))
    }

    async fn get(&self, path: &str, accept: &str) -> Vec<u8> {
        let request = self.http.get(format!("http://{}{path}", self.address)).header("Accept", accept);
        let response = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(response.status(), 200, "{path}");
        if accept != "*/*" {
            assert_eq!(response.headers()["Content-Type"], accept, "{path}");
        }
        response.bytes().await.expect("the whole answer").into()
    }
}

impl Options {
    /// Serves the API from a registry over plain HTTP. Only Spin supports that.
    #[must_use]
    pub fn pushed(reference: &str) -> Self {
        let mut options = Self { manifest: reference.into(), ..Self::api() };
        // Not from the cache of an earlier run.
        let cache = options.state_dir.path().join("cache").to_string_lossy().into_owned();
        options.arguments.push("--insecure".to_owned());
        options.flag("--cache-dir", &cache)
    }
}

/// Returns the digest in the format of registries.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}
