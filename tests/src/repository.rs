//! The files under test.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the crate lies in the repository").to_owned()
}

/// Returns the program under test: `MINI_API_SPIN`, else `MINI_API_RUNNER`, else the runner of the `dev` profile. A
/// relative path starts at the root.
pub fn program() -> PathBuf {
    let chosen = set("MINI_API_SPIN").or_else(|| set("MINI_API_RUNNER"));
    let program = root().join(chosen.map_or_else(|| "target/debug/runner".into(), PathBuf::from));
    assert!(program.exists(), "{} is missing: run ./hack/test", program.display());
    program
}

/// Whether the program under test is Spin.
pub fn serves_by_spin() -> bool {
    set("MINI_API_SPIN").is_some()
}

/// The build profile of the components under test: `MINI_API_PROFILE`, else the one that the program needs.
pub fn profile() -> Option<&'static str> {
    static PROFILE: LazyLock<Option<String>> = LazyLock::new(|| match std::env::var("MINI_API_PROFILE") {
        Ok(profile) => Some(profile).filter(|profile| !profile.is_empty()),
        Err(_) if serves_by_spin() => {
            let output = Command::new(root().join("hack/tools/spin-profile")).arg(program()).output();
            let output = output.expect("hack/tools/spin-profile runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let flags = String::from_utf8(output.stdout).expect("UTF-8");
            flags.trim().strip_prefix("--profile ").map(str::to_owned)
        }
        Err(_) => None,
    });
    PROFILE.as_deref()
}

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Panics with the command to run if a component of the manifest is not built.
pub fn assert_built(manifest: &Path) {
    let directory = manifest.parent().expect("a manifest lies in a directory");
    for component in read_toml(manifest)["component"].as_table().expect("components").values() {
        let component = match profile() {
            Some(profile) => &component["profile"][profile],
            None => component,
        };
        let source = directory.join(component["source"].as_str().expect("a local source"));
        assert!(source.exists(), "{} is not built: run ./hack/build", source.display());
    }
}

pub fn read_toml(path: &Path) -> toml::Table {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The project's own names, as `Cargo.toml` has them.
pub struct Project {
    /// The application, the image, the chart.
    pub name: String,
    /// Owner of the repository on GitHub and of the images.
    pub organisation: String,
    /// Host of the images.
    pub registry: String,
}

impl Project {
    /// Reads the workspace's `repository` and `metadata.registry`.
    pub fn read() -> Self {
        let workspace = &read_toml(&root().join("Cargo.toml"))["workspace"];
        let repository = workspace["package"]["repository"].as_str().expect("a URL");
        let path = repository.strip_prefix("https://github.com/").and_then(|path| path.split_once('/'));
        let (organisation, name) = path.expect("an owner and a name");
        let registry = workspace["metadata"]["registry"].as_str().expect("a host");
        Self { name: name.to_owned(), organisation: organisation.to_owned(), registry: registry.to_owned() }
    }

    /// `owner/name` on GitHub.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.organisation, self.name)
    }
}

pub fn version() -> String {
    let manifest = read_toml(&root().join("Cargo.toml"));
    manifest["workspace"]["package"]["version"].as_str().expect("a version").to_owned()
}
