//! `hack/release/push-manifests`, with stand-ins for `flux` and `cosign`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use black_box::repository;
use tempfile::TempDir;

/// Copies the files to push.
const FLUX: &str = r#"#!/bin/sh
while [ "$1" != --path ]; do shift; done
cp -R "$2/k8s" "$2/observability" "$PUSHED"
echo "{\"digest\": \"sha256:$(printf a | sha256sum | cut -c 1-64)\"}"
"#;
const COSIGN: &str = "#!/bin/sh\necho \"$@\" >\"$PUSHED/signed\"\n";

const SECRET: &str = "k8s/overlays/development/secrets.env";
const COMMITTED: [(&str, &str); 2] = [("k8s/base/spin-app.yaml", "committed"), ("observability/rules", "committed")];

/// A repository with an untracked secret, stand-ins, and a directory for the files that they push.
struct Checkout(TempDir);

impl Checkout {
    fn new() -> Self {
        let checkout = Self(TempDir::new().unwrap());
        for directory in ["programs", "pushed", "repository"] {
            fs::create_dir(checkout.0.path().join(directory)).unwrap();
        }
        for (name, text) in [("flux", FLUX), ("cosign", COSIGN)] {
            let program = checkout.0.path().join("programs").join(name);
            fs::write(&program, text).unwrap();
            fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for file in ["hack/release/push-manifests", "hack/tools/help", ".gitignore"] {
            checkout.write(file, "");
            fs::copy(repository::root().join(file), checkout.repository().join(file)).unwrap();
        }
        COMMITTED.iter().for_each(|(file, text)| checkout.write(file, text));
        checkout.git(&["init", "--quiet"]);
        checkout.git(&["remote", "add", "origin", "https://github.com/a/b"]);
        checkout.commit();
        checkout.write(SECRET, "API_KEY=planted");
        assert_eq!(checkout.git(&["status", "--porcelain"]), "", "git ignores the secret");
        checkout
    }

    fn repository(&self) -> PathBuf {
        self.0.path().join("repository")
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.repository().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command.current_dir(self.repository());
        command
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits all files, and returns the revision of the commit.
    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        self.git(&[&who[..], &["commit", "--quiet", "--message=a"]].concat());
        format!("main@sha1:{}", self.git(&["rev-parse", "HEAD"]))
    }

    fn push(&self, revision: &str) -> Output {
        let path = format!("{}:{}", self.0.path().join("programs").display(), std::env::var("PATH").unwrap());
        let mut command = self.command("./hack/release/push-manifests");
        command.env("PATH", path).env("PUSHED", self.0.path().join("pushed"));
        command.args(["registry.example/a/b:main", revision]).output().unwrap()
    }

    /// The files that were pushed.
    fn pushed(&self) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        collect(&self.0.path().join("pushed"), "", &mut files);
        files
    }
}

fn collect(directory: &Path, prefix: &str, files: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name);
        }
    }
}

#[test]
fn only_what_the_commit_has_is_pushed() {
    let checkout = Checkout::new();
    checkout.write("k8s/base/untracked.yaml", "");
    checkout.write("k8s/base/spin-app.yaml", "changed");
    let output = checkout.push(&format!("main@sha1:{}", checkout.git(&["rev-parse", "HEAD"])));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = COMMITTED.iter().map(|(file, _)| *file).chain(["signed"]).map(str::to_owned).collect();
    assert_eq!(checkout.pushed(), expected);
    let text = fs::read_to_string(checkout.0.path().join("pushed/k8s/base/spin-app.yaml")).unwrap();
    assert_eq!(text, "committed");
    let digest = String::from_utf8(output.stdout).unwrap();
    let signed = fs::read_to_string(checkout.0.path().join("pushed/signed")).unwrap();
    assert_eq!(signed.trim(), format!("sign --yes registry.example/a/b@{}", digest.trim()));
}

#[test]
fn a_commit_with_a_plain_secret_is_refused() {
    let checkout = Checkout::new();
    let secret = "k8s/overlays/staging/secrets.env";
    checkout.write(secret, "API_KEY=ENC[AES256_GCM,data:a,type:str]\nsops_version=3.10.2\n");
    let output = checkout.push(&checkout.commit());
    assert!(output.status.success(), "an encrypted one: {}", String::from_utf8_lossy(&output.stderr));
    assert!(checkout.pushed().contains(secret));

    let checkout = Checkout::new();
    checkout.write(secret, "API_KEY=planted\n");
    let output = checkout.push(&checkout.commit());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(secret) && !stderr.contains("planted"), "{stderr}");
    assert_eq!(checkout.pushed(), BTreeSet::new());
}

#[test]
fn a_revision_without_a_commit_is_refused() {
    let checkout = Checkout::new();
    for revision in ["main", "main@sha1:HEAD", "main@sha1:"] {
        assert_eq!(checkout.push(revision).status.code(), Some(2), "{revision}");
    }
    let output = checkout.push(&format!("main@sha1:{}", "0".repeat(40)));
    assert!(!output.status.success() && output.stdout.is_empty(), "no such commit: {output:?}");
    assert_eq!(checkout.pushed(), BTreeSet::new());
}
