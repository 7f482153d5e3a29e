//! Pushes that must fail.

use std::net::TcpListener;
use std::path::Path;
use std::process::Output;

use black_box::{Registry, repository};

use super::checkout::Checkout;
use super::forgetful;

#[test]
fn nobody_there_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let output = push(&repository::program(), &["--insecure", "--no-build", &format!("{address}/mini-api:1")]);
    assert_refused(&output, 1, "mini-api");
}

#[test]
fn a_push_without_a_digest_is_a_failure() {
    let address = forgetful::start();
    let output = push(&repository::program(), &["--insecure", "--no-build", &format!("{address}/mini-api:1")]);
    assert_refused(&output, 1, "the registry did not return the digest");
}

#[test]
fn a_push_needs_plain_http_to_be_asked_for() {
    let registry = Registry::shared();
    let output = push(&repository::program(), &["--no-build", &registry.new_reference()]);
    assert_refused(&output, 1, "https://");
}

#[test]
fn a_reference_has_a_registry_a_name_and_a_tag() {
    let digest = format!("127.0.0.1:1/mini-api@sha256:{}", "0".repeat(64));
    for reference in ["", "mini-api", "mini-api:1", "127.0.0.1:1/mini-api", "127.0.0.1:1/mini-api:", &digest, "a/b:1 c"]
    {
        let output = push(Path::new("/bin/false"), &["--insecure", "--no-build", reference]);
        assert_refused(&output, 2, "usage: ");
    }
    for arguments in [&["--secure", "a/b:1"][..], &["a/b:1", "a/b:2"], &[]] {
        let output = push(Path::new("/bin/false"), arguments);
        assert_refused(&output, 2, "");
    }
}

#[test]
fn a_profile_of_no_components_is_refused() {
    for profile in ["", "spin-4", "spin-4-1"] {
        let output = push(Path::new("/bin/false"), &["--no-build", "--profile", profile, "127.0.0.1:1/mini-api:1"]);
        assert_refused(&output, 2, "the profile must be spin-4-0");
    }
}

fn push(program: &Path, arguments: &[&str]) -> Output {
    Checkout::of("2026-01-02T03:04:05Z").push(program, arguments)
}

fn assert_refused(output: &Output, status: i32, says: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    assert!(output.stdout.is_empty(), "{:?}", String::from_utf8_lossy(&output.stdout));
    assert!(stderr.contains(says), "{says} in {stderr}");
}
