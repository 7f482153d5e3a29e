//! Pushes the artifact to a real registry, and pulls it again.

mod artifact;
mod checkout;
mod forgetful;
mod refused;
mod served;

use std::path::{Path, PathBuf};

use black_box::repository;
use checkout::Checkout;

/// Spin, if it is the program under test.
fn spin() -> Option<PathBuf> {
    repository::serves_by_spin().then(repository::program)
}

fn runner() -> PathBuf {
    let runner = repository::root().join("target/debug/runner");
    assert!(runner.exists(), "{} is missing: run ./hack/test", runner.display());
    runner
}

/// Pushes the built components, and returns the digest.
fn push(checkout: &Checkout, program: &Path, reference: &str) -> String {
    push_profile(checkout, program, None, reference)
}

fn push_profile(checkout: &Checkout, program: &Path, profile: Option<&str>, reference: &str) -> String {
    let profile = profile.map(|profile| ["--profile", profile]);
    let arguments: Vec<_> =
        ["--insecure", "--no-build", reference].into_iter().chain(profile.into_iter().flatten()).collect();
    let output = checkout.push(program, &arguments);
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {stderr}", output.status);
    let digest = stdout.strip_suffix('\n').unwrap_or_else(|| panic!("no line: {stdout:?}"));
    let hex = digest.strip_prefix("sha256:").unwrap_or_else(|| panic!("no digest: {stdout:?}"));
    assert!(hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{stdout:?}");
    digest.to_owned()
}
