use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;
use crate::identity::Identity;

/// A directory with a project `old` of one commit, where another one can be made.
struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(TempDir::new().unwrap());
        let root = place.root();
        for (path, text) in files {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        fs::create_dir_all(&root).unwrap();
        commit(&root, "").unwrap();
        place
    }

    fn root(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap().join("old")
    }

    fn make(&self, directory: &str) -> Result<PathBuf, String> {
        let identity = |name: &str, organisation: &str| Identity {
            name: name.to_owned(),
            organisation: organisation.to_owned(),
            registry: "r.example".to_owned(),
        };
        let renamer = Renamer::new(&identity("old-name", "old-org"), &identity("shop", "acme"));
        let directory = self.0.path().join(directory);
        make(&self.root(), &renamer, false, &directory).map(|()| directory)
    }

    fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn a_project_has_the_committed_files_under_its_own_names() {
    let place = Place::new(&[
        ("README.md", "old-name of old-org/old-name"),
        ("charts/old-name/Chart.yaml", "name: old-name"),
        ("docs-ui/vendor/page.js", "var old-name"),
        ("script", "echo OLD_NAME"),
        (".gitignore", "secret"),
    ]);
    let root = place.root();
    fs::write(root.join("image"), b"\xff old-name").unwrap();
    std::os::unix::fs::symlink("charts/old-name/Chart.yaml", root.join("link")).unwrap();
    fs::set_permissions(root.join("script"), fs::Permissions::from_mode(0o755)).unwrap();
    output(&root, &["add", "--all"]);
    commit(&root, "").unwrap();
    fs::write(root.join("secret"), "key").unwrap();
    fs::write(root.join("README.md"), "not committed").unwrap();

    let project = place.make("new").unwrap();
    let read = |path: &str| fs::read_to_string(project.join(path)).unwrap();
    assert_eq!(read("README.md"), "shop of acme/shop");
    assert_eq!(read("charts/shop/Chart.yaml"), "name: shop");
    assert_eq!(read("link"), "name: shop");
    assert_eq!(read("docs-ui/vendor/page.js"), "var old-name");
    assert_eq!(fs::read(project.join("image")).unwrap(), b"\xff old-name");
    assert_eq!(fs::metadata(project.join("script")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(!project.join("secret").exists() && !project.join("charts/old-name").exists());
    let template = output(&root, &["rev-parse", "HEAD"]);
    let message = format!("Start from the template\n\nTemplate commit: {template}\n");
    assert_eq!(output(&project, &["log", "--format=%B"]), message);
    assert_eq!(output(&project, &["status", "--porcelain"]), "");
    assert_eq!(output(&project, &["remote"]), "");
}

#[test]
fn an_empty_directory_is_used_and_any_other_refused() {
    let place = Place::new(&[("a", "old-name")]);
    fs::create_dir(place.0.path().join("empty")).unwrap();
    assert!(place.make("empty").unwrap().join("a").exists());

    for (path, says) in [("empty", "is no empty directory"), ("old/a", "lies in this project"), ("none/new", "none")] {
        let message = place.make(path).unwrap_err();
        assert!(message.contains(says), "{path}: {message}");
    }
    assert_eq!(place.entries(), ["empty", "old"]);
}

#[test]
fn a_failure_midway_leaves_nothing_behind() {
    // Makes the formatting fail.
    let place = Place::new(&[("Cargo.toml", "no manifest")]);
    let message = place.make("new").unwrap_err();
    assert!(message.contains("cargo failed"), "{message}");
    assert_eq!(place.entries(), ["old"]);
}
