//! Builds and runs the programs of the images as the Dockerfile does.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use black_box::{Options, Server, repository};
use tempfile::TempDir;

use super::stage;

/// Builds the health check in a new directory.
fn build() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let program = directory.path().join("healthcheck");
    let spin = stage("spin");
    let command = spin.all("RUN").into_iter().find_map(|run| run.strip_prefix("rustc ")).unwrap().to_owned();
    let (flags, source) = command.split_once(" -o /usr/local/bin/healthcheck ").unwrap();
    let mut rustc = Command::new("rustc");
    let status =
        rustc.args(flags.split(' ')).arg("-o").arg(&program).arg(source).current_dir(repository::root()).status();
    assert!(status.unwrap().success(), "rustc {command}");
    (directory, program)
}

fn is_healthy(program: &Path, address: SocketAddr) -> bool {
    let output = Command::new(program).arg(address.to_string()).env_clear().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.is_empty(), output.status.success(), "{said}");
    output.status.success()
}

/// An address without a listener.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn it_tells_a_server_that_answers_from_one_that_does_not() {
    let (_directory, program) = build();
    let server = Server::start(Options::api()).await;
    let address = server.address();
    assert!(is_healthy(&program, address));
    server.kill();
    assert!(!is_healthy(&program, address), "killed");

    let misconfigured = Options::api().variable("log_level", "loud");
    let misconfigured = Server::start(misconfigured).await;
    assert!(is_healthy(&program, misconfigured.address()), "liveness ignores the settings; readiness checks them");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(!is_healthy(&program, silent.local_addr().unwrap()), "it accepts, but never responds");
}

#[test]
fn it_is_formatted_and_needs_no_library() {
    let (_directory, program) = build();
    let source = repository::root().join("deploy/healthcheck.rs");
    let rustfmt = Command::new("rustfmt").args(["--check", "--edition", "2024"]).arg(source).status().unwrap();
    assert!(rustfmt.success());
    let ldd = Command::new("ldd").arg(&program).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ldd.stdout), String::from_utf8_lossy(&ldd.stderr));
    assert!(!said.contains("=>"), "{said}");
}

/// Runs `deploy/precompile` as the Dockerfile does, with a cache in the directory. Returns whether it succeeded.
fn precompile(directory: &Path, healthcheck: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new(repository::root().join("deploy/precompile"));
    command.arg(healthcheck).arg(repository::program()).args(arguments);
    command.env("XDG_CACHE_HOME", directory.join("cache")).env("HOME", directory).current_dir(directory);
    command.output().unwrap().status.success()
}

/// The files below the directory and their modification times, without the cache's own statistics.
fn files(directory: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).into_iter().flatten().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.to_string_lossy().contains(".stats") && !path.to_string_lossy().contains(".cleanup") {
            found.insert(path, entry.metadata().unwrap().modified().unwrap());
        }
    }
    found
}

#[test]
fn a_start_while_an_image_is_built_leaves_no_server_and_what_it_compiled() {
    let (directory, program) = build();
    let directory = directory.path();
    let address = free();
    let healthcheck = directory.join("of-this-address");
    fs::write(&healthcheck, format!("#!/bin/sh\nexec '{}' {address}\n", program.display())).unwrap();
    fs::set_permissions(&healthcheck, PermissionsExt::from_mode(0o755)).unwrap();
    let manifest = repository::root().join("spin.toml");
    let (manifest, state, listen) = (manifest.to_str().unwrap(), directory.join("state"), address.to_string());
    let mut arguments = vec!["up", "--from", manifest, "--listen", &listen, "--state-dir", state.to_str().unwrap()];
    arguments.extend(repository::profile().into_iter().flat_map(|profile| ["--profile", profile]));

    assert!(precompile(directory, &healthcheck, &arguments), "the first");
    assert!(!is_healthy(&program, address), "the server still runs");
    let compiled = files(&directory.join("cache"));
    assert!(compiled.len() >= 2, "a file for each component: {compiled:?}");
    assert!(precompile(directory, &healthcheck, &arguments), "the second");
    assert_eq!(files(&directory.join("cache")), compiled, "nothing was compiled again");

    assert!(!precompile(directory, &healthcheck, &["up", "--from", "/nowhere/spin.toml"]), "a server that ends");
}
