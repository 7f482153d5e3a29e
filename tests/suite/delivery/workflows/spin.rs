//! `hack/tools/spin` installs only an archive with the digest of the release.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use black_box::repository;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::{workflow, workflows};

fn script() -> String {
    fs::read_to_string(repository::root().join("hack/tools/spin")).unwrap()
}

/// A mirror whose release 4.0.1 is an archive with a program that is not Spin, and the archive's digest. The program
/// has Spin's version and prints its other arguments.
fn mirror() -> (TempDir, String) {
    let mirror = tempfile::tempdir().unwrap();
    let release = mirror.path().join("v4.0.1");
    fs::create_dir(&release).unwrap();
    fs::write(mirror.path().join("spin"), "#!/bin/sh\n[ \"$1\" = --version ] && echo spin 4.0.1 || echo \"$@\"\n")
        .unwrap();
    let archive = release.join(format!("spin-v4.0.1-linux-{}.tar.gz", architecture()));
    let mut tar = Command::new("tar");
    let status = tar.arg("-czf").arg(&archive).arg("-C").arg(mirror.path()).arg("spin").status().unwrap();
    assert!(status.success());
    let digest = Sha256::digest(fs::read(archive).unwrap());
    (mirror, digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The architecture, as in the names of Spin's files.
fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "aarch64" } else { "amd64" }
}

/// Runs a script with the mirror. Returns its output and the path of the program to install.
fn install(script: &Path, version: &str, mirror: &Path) -> (Output, PathBuf) {
    let installed = mirror.join("bin/spin");
    let mut command = Command::new("bash");
    command.arg(script).arg(version).arg(mirror.join("bin"));
    command.env("MINI_API_SPIN_RELEASES", format!("file://{}", mirror.display()));
    (command.output().unwrap(), installed)
}

#[test]
fn what_was_not_released_is_not_installed() {
    let (mirror, digest) = mirror();
    let (output, installed) = install(&repository::root().join("hack/tools/spin"), "4.0.1", mirror.path());
    assert!(!output.status.success() && !installed.exists(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(&digest), "{output:?}");
}

#[test]
fn a_version_without_a_digest_is_not_asked_for() {
    let (mirror, _) = mirror();
    let (output, installed) = install(&repository::root().join("hack/tools/spin"), "4.0.9", mirror.path());
    assert!(!output.status.success() && !installed.exists(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no SHA-256"), "{output:?}");
}

#[test]
fn what_has_the_digest_is_installed() {
    let (mirror, digest) = mirror();
    let (output, installed) = install(&copy_with(&digest, mirror.path()), "4.0.1", mirror.path());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::metadata(installed).unwrap().permissions().mode() & 0o777, 0o755);
}

/// Copies `hack/tools` into a directory, with another digest for Spin 4.0.1.
fn copy_with(digest: &str, directory: &Path) -> PathBuf {
    let line = format!("4.0.1-{}) echo ", architecture());
    let script = script();
    let known = script.split_once(&line).unwrap().1.split(' ').next().unwrap();
    let tools = directory.join("hack/tools");
    fs::create_dir_all(&tools).unwrap();
    for name in ["help", "spin-profile"] {
        fs::copy(repository::root().join("hack/tools").join(name), tools.join(name)).unwrap();
    }
    let path = tools.join("spin");
    fs::write(&path, script.replace(known, digest)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path
}

/// Only the build is replaced.
#[test]
fn hack_up_serves_with_a_released_spin_where_there_is_none() {
    let (mirror, digest) = mirror();
    let hack = copy_with(&digest, mirror.path()).ancestors().nth(2).unwrap().to_owned();
    fs::copy(repository::root().join("spin.toml"), mirror.path().join("spin.toml")).unwrap();
    fs::copy(repository::root().join("hack/up"), hack.join("up")).unwrap();
    fs::write(hack.join("build"), "#!/bin/sh\necho built \"$@\"\n").unwrap();
    fs::set_permissions(hack.join("build"), Permissions::from_mode(0o755)).unwrap();
    for _ in 0..2 {
        let mut command = Command::new(hack.join("up"));
        command.args(["--listen", "127.0.0.1:0"]).env_remove("MINI_API_SPIN").env("PATH", "/usr/bin:/bin");
        command.env("SPIN_VARIABLE_API_KEY", "test-key-test-key");
        let output = command.env("MINI_API_SPIN_RELEASES", format!("file://{}", mirror.path().display())).output();
        let output = output.unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let expected = "built --profile spin-4-0\nup --profile spin-4-0 --listen 127.0.0.1:0\n";
        assert!(output.status.success() && stdout == expected, "{output:?}");
        // The second start needs no mirror.
        fs::remove_dir_all(mirror.path().join("v4.0.1")).unwrap_or_default();
    }
}

#[test]
fn every_version_that_a_workflow_installs_is_known() {
    let matrix = workflow("ci.yaml").value["jobs"]["spin"]["strategy"]["matrix"]["spin"].clone();
    let mut versions: Vec<_> =
        matrix.as_array().unwrap().iter().map(|version| version.as_str().unwrap().to_owned()).collect();
    assert!(
        versions.len() > 1 && versions.contains(&"4.0.1".to_owned()),
        "the shim's version, and a newer: {versions:?}"
    );
    for workflow in workflows() {
        let installed = workflow.text.split("hack/tools/spin ").skip(1).filter_map(|rest| rest.split(' ').next());
        versions.extend(installed.filter(|version| *version != "\"$SPIN\"").map(str::to_owned));
    }
    assert!(versions.len() >= 5, "{versions:?}");
    let script = script();
    for version in versions {
        for architecture in ["amd64", "aarch64"] {
            assert!(script.contains(&format!("{version}-{architecture})")), "{version} for {architecture}");
        }
    }
}
