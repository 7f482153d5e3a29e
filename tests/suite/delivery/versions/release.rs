//! `hack/release/bump`, on a copy of the repository.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use black_box::repository;
use tempfile::TempDir;

use super::places;

const NEW: &str = "1234.5.6";

/// A copy of the repository whose only commit has every file.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let (root, copy) = (repository::root(), Self(TempDir::new().unwrap()));
        for file in places::files(&root) {
            let target = copy.path().join(&file);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(root.join(file), target).unwrap();
        }
        copy.git(&["init", "--quiet"]);
        copy.git(&["config", "user.name", "Test"]);
        copy.git(&["config", "user.email", "test@example.com"]);
        copy.git(&["config", "commit.gpgSign", "false"]);
        copy.git(&["config", "tag.gpgSign", "false"]);
        copy.git(&["add", "--all"]);
        copy.git(&["commit", "--quiet", "--message=everything"]);
        copy
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.run("git", arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn release(&self, arguments: &[&str]) -> Output {
        self.run(self.path().join("hack/release/bump").to_str().unwrap(), arguments)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(self.path()).output().unwrap()
    }

    fn assert_refused(&self, arguments: &[&str], status: i32, says: &str) {
        let before = self.git(&["status", "--porcelain"]);
        let output = self.release(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {stderr}");
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
        assert_eq!(self.git(&["status", "--porcelain"]), before, "{arguments:?}");
    }
}

#[test]
fn a_release_sets_every_place_and_nothing_else() {
    let (copy, old) = (Copy::new(), repository::version());
    let places = places::versions(copy.path());
    let output = copy.release(&[NEW]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains(&format!("git push origin v{NEW}")), "{stdout}");

    let versions = places::versions(copy.path());
    assert!(versions.keys().eq(places.keys()), "{versions:#?}");
    let others: Vec<_> = versions.iter().filter(|(_, version)| *version != NEW).collect();
    assert!(others.is_empty(), "{others:#?}");

    // One line changes for each place, and only by its version.
    let diff = copy.git(&["diff", "--unified=0", "--no-color"]);
    let lines = |sign: &str, header: &str| -> Vec<String> {
        let lines = diff.lines().filter(|line| line.starts_with(sign) && !line.starts_with(header));
        lines.map(|line| line[1..].to_owned()).collect()
    };
    let (removed, added) = (lines("-", "---"), lines("+", "+++"));
    assert_eq!(added.len(), places.len(), "{diff}");
    assert_eq!(added, removed.iter().map(|line| line.replace(&old, NEW)).collect::<Vec<_>>());
    assert!(!diff.contains("k8s/overlays"), "{diff}");
    assert_eq!(copy.git(&["tag"]), "");
}

#[test]
fn a_tag_is_made_where_it_is_asked_for() {
    let copy = Copy::new();
    let output = copy.release(&["--tag", NEW]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(copy.git(&["status", "--porcelain"]), "");
    assert_eq!(copy.git(&["log", "-1", "--format=%s"]), format!("Release {NEW}\n"));
    assert_eq!(copy.git(&["cat-file", "-t", &format!("v{NEW}")]), "tag\n");
    assert_eq!(copy.git(&["rev-parse", &format!("v{NEW}^{{commit}}")]), copy.git(&["rev-parse", "HEAD"]));
    let versions = places::versions(copy.path());
    assert!(versions.values().all(|version| version == NEW), "{versions:#?}");
}

#[test]
fn the_first_release_is_of_the_version_that_is_there() {
    let (copy, version) = (Copy::new(), repository::version());
    let output = copy.release(&["--tag", &version]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(copy.git(&["log", "-1", "--format=%s"]), "everything\n", "there is nothing to commit");
    assert_eq!(copy.git(&["cat-file", "-t", &format!("v{version}")]), "tag\n");
    copy.assert_refused(&["--tag", &version], 1, "is not after");
}

#[test]
fn a_copy_that_names_its_image_nowhere_stays_as_it_is() {
    let copy = Copy::new();
    let image = format!("/mini-api:{}", repository::version());
    for file in copy.git(&["grep", "--files-with-matches", &image]).lines() {
        let path = copy.path().join(file);
        let text = fs::read_to_string(&path).unwrap().replace(&image, "/other:0");
        fs::write(path, text).unwrap();
    }
    copy.git(&["commit", "--quiet", "--all", "--message=renamed"]);
    copy.assert_refused(&[NEW], 1, "no file names the image");
}

#[test]
fn what_is_no_next_version_is_refused() {
    let copy = Copy::new();
    copy.git(&["tag", "v0.0.1"]);
    for version in ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.3-rc.1", "1.2.3+4", "1.2.x", "1.2.3\n"] {
        copy.assert_refused(&[version], 2, "usage: ");
    }
    copy.assert_refused(&[], 2, "usage: ");
    copy.assert_refused(&[NEW, NEW], 2, "usage: ");
    copy.assert_refused(&["--force", NEW], 2, "usage: ");
    copy.assert_refused(&[&repository::version()], 1, "is not after");
    copy.assert_refused(&["0.0.0"], 1, "is not after");
    copy.git(&["tag", &format!("v{NEW}")]);
    copy.assert_refused(&[NEW], 1, "there is a tag");
    fs::write(copy.path().join("new"), "").unwrap();
    copy.assert_refused(&["1234.5.7"], 1, "in no commit");
}

/// As text, 1.10.0 would come before 1.9.0.
#[test]
fn numbers_are_compared_as_numbers() {
    let copy = Copy::new();
    for version in ["1234.9.0", "1234.10.0"] {
        let output = copy.release(&["--tag", version]);
        assert!(output.status.success(), "{version}: {}", String::from_utf8_lossy(&output.stderr));
    }
    copy.assert_refused(&["1234.9.1"], 1, "1234.9.1 is not after 1234.10.0");
}

#[test]
fn a_place_that_has_moved_is_a_failure() {
    let copy = Copy::new();
    let chart = copy.path().join("charts/mini-api/Chart.yaml");
    let text = fs::read_to_string(&chart).unwrap().replace("version:", "\"version\":").replace("appVersion:", "other:");
    fs::write(chart, text).unwrap();
    copy.git(&["commit", "--quiet", "--all", "--message=moved"]);
    let output = copy.release(&["--tag", NEW]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("charts/mini-api/Chart.yaml does not have"), "{stderr}");
    assert_eq!(copy.git(&["tag"]), "");
}
