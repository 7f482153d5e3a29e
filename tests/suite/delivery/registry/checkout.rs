//! A repository of one commit, with the files that `hack/release/push` needs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use black_box::repository;
use tempfile::TempDir;

const FILES: [&str; 6] = [
    "hack/release/push",
    "hack/tools/help",
    "spin.toml",
    "charts/mini-api/Chart.yaml",
    "target/wasm32-wasip2/release/api.wasm",
    "target/wasm32-wasip2/release/docs_ui.wasm",
];

pub(super) struct Checkout(TempDir);

impl Checkout {
    /// Creates a repository whose commit has this time (RFC 3339).
    pub(super) fn of(time: &str) -> Self {
        repository::assert_built(&repository::root().join("spin.toml"));
        let checkout = Self(TempDir::new().unwrap());
        let of_profile = |profile| ["api", "docs_ui"].map(|name| format!("target/wasm32-wasip2/{profile}/{name}.wasm"));
        let of_profile = repository::profile().into_iter().flat_map(of_profile);
        for file in FILES.map(str::to_owned).into_iter().chain(of_profile) {
            let target = checkout.path().join(&file);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(repository::root().join(file), target).unwrap();
        }
        fs::write(checkout.path().join(".gitignore"), "/target/\n").unwrap();
        checkout.git(&["init", "--quiet"]);
        checkout.git(&["add", "--all"]);
        checkout.commit(time);
        checkout
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes the commit, or another one of the same files.
    pub(super) fn commit(&self, time: &str) {
        let git = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
        let arguments = ["commit", "--quiet", "--allow-empty", "--no-gpg-sign", "--message=test"];
        let mut command = self.command("git");
        command.args(git).args(arguments).env("GIT_COMMITTER_DATE", time).env("GIT_AUTHOR_DATE", time);
        assert!(command.status().unwrap().success(), "{command:?}");
    }

    /// Runs git. Returns its output.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs `hack/release/push` with a program that pushes.
    pub(super) fn push(&self, program: &Path, arguments: &[&str]) -> Output {
        let mut command = self.command("hack/release/push");
        command.args(arguments).env("MINI_API_SPIN", program);
        command.output().unwrap()
    }

    /// Returns a command in this repository, without variables that lead elsewhere.
    pub(super) fn command(&self, program: &str) -> Command {
        let program = if program.contains('/') { self.path().join(program) } else { program.into() };
        let mut command = Command::new(program);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"] {
            command.env_remove(name);
        }
        // No credentials, and no proxy on the way to this machine.
        command.env("DOCKER_CONFIG", self.path()).env("no_proxy", "*").env("NO_PROXY", "*");
        command.current_dir(self.path());
        command
    }
}
